# loadcurve_protocol(<name> <path>): the C++ of a .proto of ours, messages and gRPC, as the library
# loadcurve_<name>; included as the source is: "adapters/keda/external_scaler.grpc.pb.h". It is not
# our code, so it is compiled without our warnings.
function(loadcurve_protocol name path)
  set(folder ${PROJECT_BINARY_DIR}/protocols)
  cmake_path(REMOVE_EXTENSION path OUTPUT_VARIABLE stem)
  foreach(ending pb.cc pb.h grpc.pb.cc grpc.pb.h)
    list(APPEND made ${folder}/${stem}.${ending})
  endforeach()
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${made}
    COMMAND ${PROTOC} --proto_path=${PROJECT_SOURCE_DIR} --cpp_out=${folder}
            --grpc_out=${folder} --plugin=protoc-gen-grpc=${PROTOC_GRPC} ${path}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    DEPENDS ${PROJECT_SOURCE_DIR}/${path} VERBATIM)
  add_library(loadcurve_${name} STATIC ${made})
  target_compile_features(loadcurve_${name} PUBLIC cxx_std_20)
  target_include_directories(loadcurve_${name} SYSTEM PUBLIC ${folder})
  target_link_libraries(loadcurve_${name} PUBLIC PkgConfig::grpc)
endfunction()
