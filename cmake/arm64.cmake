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
endif()
