if(QSLICE_BUILD_SIM)
  qslice_add_benchmark(run qslice_sim_model qslice_sim_stream qslice_sim_scenario qslice_sim_check
                       qslice_sim_allocator)
endif()
