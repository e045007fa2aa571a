# The queue of anything beside what people would take for it. SQLite is measured where its library was
# found when building (libsqlite3-dev), Redis where libhiredis-dev was and bench/peers.sh has started
# its server.
qslice_add_benchmark(work_queues)
qslice_compare_with(work_queues SQLITE sqlite3.h sqlite3)
qslice_compare_with(work_queues HIREDIS hiredis/hiredis.h hiredis)
