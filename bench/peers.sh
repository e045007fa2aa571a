#!/bin/sh
# Compares our durable enqueue with a Redis server and a RabbitMQ broker, which it starts on loopback
# with their data below DIRECTORY and stops again. It installs nothing: bench/peer_packages.txt lists
# the packages, and a missing one is skipped with a message.
#
# usage: bench/peers.sh PROGRAM DIRECTORY [BENCHMARK OPTIONS...]
#   PROGRAM    build/bench/bench/qslice_bench_peers
#   DIRECTORY  on the file system to measure, /dev/shm for one in memory
set -eu

if [ $# -lt 2 ] || [ ! -x "$1" ] || [ ! -d "$2" ]; then
    sed -n 's/^# \{0,1\}//; 6,8p' "$0" >&2
    exit 2
fi
program=$1
scratch=$(mktemp -d "$2/qslice-peers-XXXXXX")
scratch=$(cd "$scratch" && pwd)
shift 2
redis_port=${QSLICE_REDIS_PORT:-46379}
rabbitmq_port=${QSLICE_RABBITMQ_PORT:-45672}
epmd_port=$((rabbitmq_port + 2))
unset QSLICE_REDIS_PORT QSLICE_RABBITMQ_PORT
processes=

stop() {
    if [ -n "${broker:-}" ]; then
        broker_do stop > /dev/null 2>&1 || kill "$broker" 2> /dev/null || true
        wait "$broker" 2> /dev/null || true
        # The broker's Erlang has started it on this port, and leaves it behind.
        epmd -port "$epmd_port" -kill > /dev/null 2>&1 || true
    fi
    for process in $processes; do
        kill "$process" 2> /dev/null || true
        wait "$process" 2> /dev/null || true
    done
    rm -rf "$scratch"
}
trap stop EXIT
trap 'exit 1' INT TERM

# Waits for a command to succeed, for at most a minute.
await() {
    tries=0
    until "$@" > /dev/null 2>&1; do
        tries=$((tries + 1))
        if [ "$tries" -ge 120 ]; then return 1; fi
        sleep 0.5
    done
}

start_redis() {
    if ! command -v redis-server > /dev/null; then
        echo "peers: Redis is skipped: no redis-server (Debian package redis-server)" >&2
        return
    fi
    mkdir "$scratch/redis"
    redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$scratch/redis" --save '' \
        --appendonly yes --appendfsync always --logfile "$scratch/redis/log" &
    processes="$processes $!"
    if await redis-cli -p "$redis_port" ping; then
        export QSLICE_REDIS_PORT="$redis_port"
    else
        echo "peers: Redis is skipped: its server does not answer" >&2
    fi
}

rabbitmq_bin=/usr/lib/rabbitmq/bin

# Runs one of the broker's programs on this broker and no other.
broker_env() {
    HOME="$scratch/rabbitmq" ERL_CRASH_DUMP="$scratch/rabbitmq/erl_crash.dump" \
    ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 \
    RABBITMQ_NODENAME=qslice-bench@localhost RABBITMQ_DIST_PORT=$((rabbitmq_port + 1)) \
    RABBITMQ_MNESIA_BASE="$scratch/rabbitmq/mnesia" RABBITMQ_LOG_BASE="$scratch/rabbitmq/log" \
    RABBITMQ_CONFIG_FILE="$scratch/rabbitmq/rabbitmq.conf" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    RABBITMQ_ENABLED_PLUGINS_FILE="$scratch/rabbitmq/plugins" "$@"
}
broker_do() { broker_env "$rabbitmq_bin/rabbitmqctl" "$@"; }

start_rabbitmq() {
    if [ ! -x "$rabbitmq_bin/rabbitmq-server" ]; then
        echo "peers: RabbitMQ is skipped: no rabbitmq-server (Debian package rabbitmq-server)" >&2
        return
    fi
    mkdir "$scratch/rabbitmq"
    echo "listeners.tcp.default = 127.0.0.1:$rabbitmq_port" > "$scratch/rabbitmq/rabbitmq.conf"
    echo '[rabbitmq_consistent_hash_exchange].' > "$scratch/rabbitmq/plugins"
    broker_env "$rabbitmq_bin/rabbitmq-server" > "$scratch/rabbitmq/out" 2>&1 &
    broker=$!
    if await broker_do await_startup; then
        export QSLICE_RABBITMQ_PORT="$rabbitmq_port"
    else
        echo "peers: RabbitMQ is skipped: its broker does not start" >&2
    fi
}

start_redis
start_rabbitmq
QSLICE_PEERS_DIRECTORY="$scratch" "$program" "$@"
