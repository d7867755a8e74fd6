# Target `ptx`: compiles compute/kernels/*.cu to assets/ptx anew, where nvcc is there. The files are committed, so that the
# project builds and runs without a CUDA Toolkit.
set(WARPSCOPE_PTX_COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/tools/ptx")
if(CUDAToolkit_NVCC_EXECUTABLE)
  list(APPEND WARPSCOPE_PTX_COMMAND --nvcc "${CUDAToolkit_NVCC_EXECUTABLE}")
  if(NOT TARGET ptx)
    add_custom_target(ptx COMMAND ${WARPSCOPE_PTX_COMMAND} USES_TERMINAL VERBATIM
      COMMENT "Compiling compute/kernels to assets/ptx")
  endif()
endif()
