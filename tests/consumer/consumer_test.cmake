# Installs the package into a folder of its own, builds tests/consumer against it and
# runs that: cmake -D BUILD=... -D COMPILER=... -P consumer_test.cmake
set(work ${BUILD}/consumer)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE output
                  RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}\nended with ${code}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${work}/prefix)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work}/build -G Ninja
    -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_PREFIX_PATH=${work}/prefix
    -D CMAKE_FIND_PACKAGE_NO_PACKAGE_REGISTRY=ON)
run(${CMAKE_COMMAND} --build ${work}/build)

run(${work}/build/consumer)
if(NOT output STREQUAL "busy for 2.0 s\n")
  message(FATAL_ERROR "the consumer printed '${output}'; expected 'busy for 2.0 s'")
endif()
run(${work}/prefix/bin/loadcurve --version)
if(NOT output MATCHES "^loadcurve [0-9]+\\.[0-9]+\\.[0-9]+\n$")
  message(FATAL_ERROR "the installed binary printed '${output}'; expected its version")
endif()
