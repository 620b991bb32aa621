# Toolchain: compiles for 64-bit Arm on a machine of another kind. Nothing is linked, so
# the packages' headers are enough, and those are the same for both.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

# Once the compiler is known, packages are looked for where this machine keeps them.
set(CMAKE_PROJECT_INCLUDE ${CMAKE_CURRENT_LIST_FILE})
if(CMAKE_CXX_COMPILER_LOADED)
  execute_process(COMMAND g++ -print-multiarch OUTPUT_VARIABLE CMAKE_LIBRARY_ARCHITECTURE
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  # Of some packages Debian keeps headers beside those of this machine's C library, which must
  # not come before the other's: they are reached by links.
  set(host_headers ${CMAKE_BINARY_DIR}/host-headers)
  file(MAKE_DIRECTORY ${host_headers})
  foreach(package curl openssl)
    file(CREATE_LINK /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}/${package}
         ${host_headers}/${package} SYMBOLIC)
  endforeach()
  set(CURL_INCLUDE_DIR ${host_headers} CACHE PATH "Headers of libcurl")
  include_directories(SYSTEM ${host_headers})
endif()
