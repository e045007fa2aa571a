# A simulator of a site of one's own:
#
#   qslice_add_simulation(my-site-sim TOPOLOGY my_site.hpp SITE my_site)
#
# makes the program my-site-sim, which plays the topology my_site (by default the header's name)
# that the header defines. For projects that found qslice with its component sim, or that have it as a
# subdirectory with QSLICE_BUILD_SIM set to ON before.
set(QSLICE_OWN_SITE_MAIN ${CMAKE_CURRENT_LIST_DIR}/main.cpp.in CACHE INTERNAL "")

function(qslice_add_simulation name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TOPOLOGY;SITE" "")
  if(NOT arg_TOPOLOGY)
    message(FATAL_ERROR "qslice_add_simulation(${name}): expected TOPOLOGY HEADER")
  endif()
  get_filename_component(arg_TOPOLOGY ${arg_TOPOLOGY} ABSOLUTE)
  if(NOT EXISTS ${arg_TOPOLOGY})
    message(FATAL_ERROR "qslice_add_simulation(${name}): there is no ${arg_TOPOLOGY}")
  endif()
  if(NOT arg_SITE)
    get_filename_component(arg_SITE ${arg_TOPOLOGY} NAME_WE)
  endif()
  set(main ${CMAKE_CURRENT_BINARY_DIR}/${name}-main.cpp)
  configure_file(${QSLICE_OWN_SITE_MAIN} ${main} @ONLY)
  add_executable(${name} ${main})
  target_link_libraries(${name} PRIVATE qslice::sim)
  # Warnings in the site's own headers are for its author to judge, not for this project's presets.
  if(qslice_IS_TOP_LEVEL)
    set_target_properties(${name} PROPERTIES COMPILE_WARNING_AS_ERROR OFF)
  endif()
endfunction()
