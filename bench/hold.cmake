if(TARGET qslice_sim_engine)
  qslice_add_benchmark(hold qslice_sim_engine)
endif()
