# Installs the headers, so that find_package(qslice) and pkg-config find them.
include(CMakePackageConfigHelpers)

set(qslice_config_folder ${CMAKE_INSTALL_DATADIR}/cmake/qslice)
install(DIRECTORY include/qslice DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT headers)
install(TARGETS qslice EXPORT qslice-targets)
install(EXPORT qslice-targets NAMESPACE qslice:: DESTINATION ${qslice_config_folder}
        COMPONENT headers)

configure_package_config_file(cmake/qslice-config.cmake.in qslice-config.cmake
                              INSTALL_DESTINATION ${qslice_config_folder})
write_basic_package_version_file(qslice-config-version.cmake COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/qslice-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/qslice-config-version.cmake
        DESTINATION ${qslice_config_folder} COMPONENT headers)

# Paths in it are relative to its own place, so that an installed tree can be moved.
configure_file(cmake/qslice.pc.in qslice.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/qslice.pc
        DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig COMPONENT headers)
