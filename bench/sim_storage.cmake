if(TARGET qslice_sim_world)
  qslice_add_benchmark(sim_storage qslice_sim_world)
endif()
