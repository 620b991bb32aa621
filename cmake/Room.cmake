# The flags of our own code; packages keep theirs.
add_library(loadcurve_flags INTERFACE)
target_compile_options(loadcurve_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow
  # Designated initializers leave the rest to the defaults that stand in the struct.
  -Wno-missing-field-initializers
  # g++ 12 warns about std::optional and std::string of its own library when it inlines.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-restrict>
  $<$<BOOL:${LOADCURVE_WERROR}>:-Werror>)

if(LOADCURVE_SANITIZER STREQUAL "address")
  set(sanitizer_flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(LOADCURVE_SANITIZER STREQUAL "thread")
  set(sanitizer_flags -fsanitize=thread)
elseif(NOT LOADCURVE_SANITIZER STREQUAL "")
  message(FATAL_ERROR "LOADCURVE_SANITIZER is '${LOADCURVE_SANITIZER}'; expected address, thread or nothing")
endif()
if(LOADCURVE_FUZZ)
  list(APPEND sanitizer_flags -fsanitize=fuzzer-no-link)
endif()
if(sanitizer_flags)
  add_compile_options(${sanitizer_flags})
  add_link_options(${sanitizer_flags})
endif()

# loadcurve_precompiled(<name> LINKS <target>... HEADERS <header>...): headers of packages that others
# take, by loadcurve_take_precompiled(<target> <name>), as they were compiled once. Only where
# LOADCURVE_PRECOMPILED_HEADERS is set: a file that forgets an include of its own passes with it.
function(loadcurve_precompiled name)
  cmake_parse_arguments(precompiled "" "" "LINKS;HEADERS" ${ARGN})
  if(NOT LOADCURVE_PRECOMPILED_HEADERS)
    return()
  endif()
  set(source ${PROJECT_BINARY_DIR}/${name}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "")
  add_library(${name} OBJECT ${source})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_link_libraries(${name} PRIVATE ${precompiled_LINKS})
  # With a time in it no compiler cache would know it again. Some packages bring -pthread: who takes
  # this must be compiled as it is.
  target_compile_options(${name} PRIVATE -pthread
    $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)
  target_precompile_headers(${name} PRIVATE ${precompiled_HEADERS})
endfunction()

function(loadcurve_take_precompiled target name)
  if(TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
    target_compile_options(${target} PRIVATE -pthread)
  endif()
endfunction()

loadcurve_precompiled(precompiled_packages
  LINKS Eigen3::Eigen fmt::fmt nlohmann_json::nlohmann_json tl::expected Threads::Threads
  HEADERS <Eigen/Core> <algorithm> <array> <cmath> <functional> <map> <memory> <optional>
          <random> <set> <string> <vector> <fmt/format.h> <nlohmann/json.hpp> <tl/expected.hpp>)

# All rooms, without the binary and the tests.
add_custom_target(rooms)

# loadcurve_room(<name> [FOLDERS <folder>...] LINKS <target>...)
#
# One library from all sources of the folders (default: the folder called <name>), known
# to others as loadcurve::<name>. The include root is the repository, so that every
# include line names its room.
function(loadcurve_room name)
  cmake_parse_arguments(room "" "" "FOLDERS;LINKS;PRIVATE_LINKS" ${ARGN})
  if(NOT room_FOLDERS)
    set(room_FOLDERS ${name})
  endif()
  list(TRANSFORM room_FOLDERS PREPEND ${PROJECT_SOURCE_DIR}/)
  list(TRANSFORM room_FOLDERS APPEND /*.cc OUTPUT_VARIABLE source_files)
  list(TRANSFORM room_FOLDERS APPEND /*.h OUTPUT_VARIABLE header_files)
  file(GLOB sources CONFIGURE_DEPENDS ${source_files})
  file(GLOB headers CONFIGURE_DEPENDS ${header_files})
  add_library(loadcurve_${name} STATIC ${sources} ${headers})
  add_library(loadcurve::${name} ALIAS loadcurve_${name})
  set_target_properties(loadcurve_${name} PROPERTIES EXPORT_NAME ${name} LINKER_LANGUAGE CXX)
  target_include_directories(loadcurve_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/loadcurve>)
  target_compile_features(loadcurve_${name} PUBLIC cxx_std_20)
  target_link_libraries(loadcurve_${name}
    PUBLIC ${room_LINKS}
    PRIVATE $<BUILD_INTERFACE:loadcurve_flags> ${room_PRIVATE_LINKS})
  loadcurve_take_precompiled(loadcurve_${name} precompiled_packages)
  add_dependencies(rooms loadcurve_${name})
endfunction()

# loadcurve_adapter(<name> LINKS ...): the room adapters/<name>.
function(loadcurve_adapter name)
  loadcurve_room(${name} FOLDERS adapters/${name} ${ARGN})
endfunction()
