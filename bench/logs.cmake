if(TARGET qslice_sim_site)
  qslice_add_benchmark(logs qslice_sim_site)
endif()
