# Every library the project stands on, found once. Debian's package names are in tools/setup.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(glfw3 REQUIRED)
find_package(Freetype REQUIRED)
find_package(OpenGL REQUIRED COMPONENTS OpenGL)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(PkgConfig REQUIRED)
pkg_check_modules(IMGUI REQUIRED IMPORTED_TARGET imgui)
pkg_check_modules(STB REQUIRED IMPORTED_TARGET stb)
if(WARPSCOPE_BUILD_TESTS)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
endif()

# Debian's oneDNN package file asks for OpenCL's headers, which using the CPU engine does not need.
find_library(WARPSCOPE_DNNL_LIBRARY dnnl REQUIRED)
find_path(WARPSCOPE_DNNL_INCLUDE_DIR oneapi/dnnl/dnnl.hpp REQUIRED)
add_library(warpscope_onednn INTERFACE)
target_include_directories(warpscope_onednn SYSTEM INTERFACE "${WARPSCOPE_DNNL_INCLUDE_DIR}")
target_link_libraries(warpscope_onednn INTERFACE "${WARPSCOPE_DNNL_LIBRARY}")

# Debian's libimgui.a is built with the FreeType rasteriser and with stb from its own library.
add_library(warpscope_imgui INTERFACE)
target_link_libraries(warpscope_imgui INTERFACE PkgConfig::IMGUI PkgConfig::STB Freetype::Freetype glfw ${CMAKE_DL_LIBS})

# OpenGL 3.3 core loader, generated at build time.
set(WARPSCOPE_GLAD_DIR "${CMAKE_BINARY_DIR}/glad")
add_custom_command(
  OUTPUT "${WARPSCOPE_GLAD_DIR}/src/gl.c" "${WARPSCOPE_GLAD_DIR}/include/glad/gl.h"
  COMMAND "${Python3_EXECUTABLE}" -m glad --quiet --out-path "${WARPSCOPE_GLAD_DIR}" --api gl:core=3.3 --extensions "" --reproducible c
  COMMENT "Generating the OpenGL 3.3 core loader" VERBATIM)
add_library(warpscope_glad STATIC "${WARPSCOPE_GLAD_DIR}/src/gl.c")
target_include_directories(warpscope_glad SYSTEM PUBLIC "${WARPSCOPE_GLAD_DIR}/include")

# The CUDA Toolkit is welcome and never needed.
find_package(CUDAToolkit 12 QUIET)
if(CUDAToolkit_FOUND)
  message(STATUS "CUDA Toolkit ${CUDAToolkit_VERSION} found")
else()
  message(STATUS "No CUDA Toolkit 12 or newer: building without it")
endif()
