# Debian packages, by `cpack -G DEB` in the folder of a build: libqslice-dev has the headers,
# qslice-sim the program with its manual page, completions and documentation, libqslice-sim-dev what a
# simulator of a site of one's own is made of.
set(package ${CMAKE_CURRENT_LIST_DIR})
set(documents ${CMAKE_INSTALL_DATADIR}/doc)
install(FILES ${package}/headers.copyright DESTINATION ${documents}/libqslice-dev
        RENAME copyright COMPONENT headers)
install(FILES CHANGELOG.md DESTINATION ${documents}/libqslice-dev COMPONENT headers)
set(CPACK_COMPONENTS_ALL headers)
if(QSLICE_BUILD_SIM)
  install(FILES ${package}/program.copyright DESTINATION ${documents}/qslice-sim
          RENAME copyright COMPONENT program)
  install(FILES README.md CHANGELOG.md DESTINATION ${documents}/qslice-sim COMPONENT program)
  install(DIRECTORY docs DESTINATION ${documents}/qslice-sim COMPONENT program
          FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN "*.svg" PATTERN package EXCLUDE)
  install(FILES ${package}/program.copyright DESTINATION ${documents}/libqslice-sim-dev
          RENAME copyright COMPONENT sim)
  install(FILES CHANGELOG.md DESTINATION ${documents}/libqslice-sim-dev COMPONENT sim)
  list(APPEND CPACK_COMPONENTS_ALL program sim)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${package}/compress.cmake)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# Whoever publishes packages puts an address here (-D CPACK_DEBIAN_PACKAGE_MAINTAINER=...).
if(NOT CPACK_DEBIAN_PACKAGE_MAINTAINER)
  set(CPACK_DEBIAN_PACKAGE_MAINTAINER "the qslice maintainers <maintainers@qslice.invalid>")
endif()
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)

set(CPACK_DEBIAN_HEADERS_PACKAGE_NAME libqslice-dev)
set(CPACK_DEBIAN_HEADERS_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_HEADERS_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_HEADERS_PACKAGE_DEPENDS "libboost-dev (>= 1.74), libssl-dev (>= 3.0)")
set(CPACK_COMPONENT_HEADERS_DESCRIPTION "The C++20 headers.
Mailman divides each of its queues into slices by a hash, so that several
machines can work on one mail site. These headers are that mechanism: entry
names, slices, queue directories and runners, compatible with Mailman 2.1 and 3.")

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME qslice-sim)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
# Times of logs are read in the zones of their machines.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS tzdata)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "The simulator qslice-sim.
It plays the queues of a Mailman site of several machines in virtual time, lets
machines, clocks and disks fail and checks what is promised; also looks at the
queues and logs of a live site, and plans the number of its slices.")

set(CPACK_DEBIAN_SIM_PACKAGE_NAME libqslice-sim-dev)
set(CPACK_DEBIAN_SIM_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_SIM_PACKAGE_DEPENDS
    "libqslice-dev (= ${PROJECT_VERSION}-1), libboost-context-dev, libfmt-dev, libgmime-3.0-dev, libhowardhinnant-date-dev, librandom123-dev, libtomlplusplus-dev, pkg-config, zlib1g-dev")
find_package(mimalloc 2.0 QUIET)
if(mimalloc_FOUND)
  string(APPEND CPACK_DEBIAN_SIM_PACKAGE_DEPENDS ", libmimalloc-dev")
endif()
if(QSLICE_WITH_MPI)
  string(APPEND CPACK_DEBIAN_SIM_PACKAGE_DEPENDS ", libopenmpi-dev")
endif()
set(CPACK_COMPONENT_SIM_DESCRIPTION "The simulator as a library.
A C++ header that says which runners a site has, on which machines and in which
slices becomes a simulator of that site by one call of CMake, with the commands
run, explore, sweep and report of qslice-sim.")
include(CPack)
