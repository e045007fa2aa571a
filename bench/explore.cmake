if(QSLICE_BUILD_SIM)
  qslice_add_benchmark(explore qslice_sim_explore qslice_sim_scenario)
endif()
