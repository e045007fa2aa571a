if(TARGET qslice_sim_site)
  qslice_add_benchmark(inspect qslice_sim_site)
endif()
