# The simulator's engine, where it is built, beside those of the peers in peer_packages.txt that
# are installed.
if(TARGET qslice_sim_engine)
  qslice_add_benchmark(engine qslice_sim_engine)
  qslice_compare_with(engine NS3 ns3/simulator.h ns3-core)
  qslice_find_peer(SIMGRID simgrid/s4u.hpp simgrid)
  if(QSLICE_PEER_FOUND)
    # A process has one SimGrid engine in its life, so that each run needs its own.
    add_executable(qslice_bench_engine_simgrid support/simgrid_peer.cpp)
    target_compile_features(qslice_bench_engine_simgrid PRIVATE cxx_std_20)
    target_include_directories(qslice_bench_engine_simgrid SYSTEM PRIVATE ${QSLICE_SIMGRID_INCLUDE})
    target_link_libraries(qslice_bench_engine_simgrid PRIVATE ${QSLICE_SIMGRID_LIBRARY})
    target_compile_definitions(qslice_bench_engine PRIVATE
        QSLICE_SIMGRID_PEER="$<TARGET_FILE:qslice_bench_engine_simgrid>")
    add_dependencies(qslice_bench_engine qslice_bench_engine_simgrid)
  endif()
  # Needs none of SimGrid's headers here.
  qslice_add_variant(engine "QSLICE_SIMGRID_PEER=\"qslice_bench_engine_simgrid\"")
endif()
