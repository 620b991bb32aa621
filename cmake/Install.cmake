# The binary, and the core as a library: the rooms that are arithmetic. Adapters and
# their packages stay inside the binary.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS loadcurve RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

foreach(room base metrics forecaster scaler)
  install(TARGETS loadcurve_${room} EXPORT loadcurve-targets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room} DESTINATION include/loadcurve
          FILES_MATCHING PATTERN "*.h" REGEX "scaler/(capacity|twin)$" EXCLUDE)
endforeach()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/loadcurve)
install(EXPORT loadcurve-targets NAMESPACE loadcurve:: DESTINATION ${package_folder})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/loadcurve-config.cmake.in
  ${PROJECT_BINARY_DIR}/loadcurve-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/loadcurve-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/loadcurve-config.cmake
              ${PROJECT_BINARY_DIR}/loadcurve-config-version.cmake
        DESTINATION ${package_folder})
