# Our durable enqueue beside brokers. They are measured where their client libraries were found
# when building (librabbitmq-dev, libhiredis-dev) and bench/peers.sh has started their servers.
qslice_add_benchmark(peers)
qslice_compare_with(peers HIREDIS hiredis/hiredis.h hiredis)
qslice_compare_with(peers RABBITMQ amqp_tcp_socket.h rabbitmq)
