# Target `ptx`: compiles compute/kernels/*.cu to assets/ptx anew, where nvcc is there. The files are committed, so that the
# project builds and runs without a CUDA Toolkit.
if(CUDAToolkit_NVCC_EXECUTABLE)
  set(WARPSCOPE_PTX_COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/tools/ptx" --nvcc "${CUDAToolkit_NVCC_EXECUTABLE}")
  add_custom_target(ptx COMMAND ${WARPSCOPE_PTX_COMMAND} USES_TERMINAL VERBATIM
    COMMENT "Compiling compute/kernels to assets/ptx")
else()
  set(WARPSCOPE_PTX_COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/tools/ptx")
endif()
