if(TARGET qslice_sim_balance)
  qslice_add_benchmark(balance qslice_sim_balance)
endif()
