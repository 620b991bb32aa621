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
  add_dependencies(rooms loadcurve_${name})
endfunction()

# loadcurve_adapter(<name> LINKS ...): the room adapters/<name>.
function(loadcurve_adapter name)
  loadcurve_room(${name} FOLDERS adapters/${name} ${ARGN})
endfunction()
