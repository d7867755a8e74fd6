// Textures of OpenGL as arrays. While one is mapped its pixels live in an array; unmapping puts them into the texture.
#include "tests/stand_in_driver/array.h"
#include "tests/stand_in_driver/driver.h"
#include "tests/stand_in_driver/exports.h"
#include "tests/stand_in_driver/gl_texture.h"

namespace warpscope::stand_in {
namespace {

constexpr unsigned kReadOnly = 1, kSurfaceLoadStore = 4;  // CU_GRAPHICS_REGISTER_FLAGS_...

CUresult refused() {
  const bool refuses = Driver::instance().control.settings().gl_refused;
  return refuses ? CUresult::kOperatingSystem : CUresult::kSuccess;
}

// With what the control file says of GL first.
template <class Work>
CUresult graphics_call(const char* name, Work work) {
  return context_call(name, [&](Context& context) {
    const CUresult result = refused();
    return result == CUresult::kSuccess ? work(context) : result;
  });
}

CUresult map(Context& context, GraphicsResource& resource) {
  if (resource.mapped != nullptr) return CUresult::kAlreadyMapped;
  auto description = describe_texture(resource.texture);
  if (!description) return CUresult::kMapFailed;
  if ((resource.flags & kSurfaceLoadStore) != 0) description->Flags |= cuda::kArraySurface;
  auto array = make_array(*description);
  if (array == nullptr) return CUresult::kMapFailed;
  const bool discards = (resource.flags & cuda::kRegisterFlagsWriteDiscard) != 0;
  if (!discards && !read_texture(resource.texture, array->bytes)) return CUresult::kMapFailed;
  resource.mapped = add_array(context, std::move(array));
  return CUresult::kSuccess;
}

CUresult unmap(Context& context, GraphicsResource& resource) {
  if (resource.mapped == nullptr) return CUresult::kNotMapped;
  const cuda::CUarray handle = resource.mapped;
  resource.mapped = nullptr;
  const bool shown =
      (resource.flags & kReadOnly) != 0 || write_texture(resource.texture, context.arrays.find(handle)->bytes);
  remove_array(context, handle);
  return shown ? CUresult::kSuccess : CUresult::kUnmapFailed;
}

CUresult each_resource(Context& context, unsigned count, cuda::CUgraphicsResource* resources,
                       CUresult (*change)(Context&, GraphicsResource&)) {
  if (resources == nullptr || count == 0) return CUresult::kInvalidValue;
  for (unsigned i = 0; i < count; ++i) {
    GraphicsResource* resource = context.graphics.find(resources[i]);
    if (resource == nullptr) return CUresult::kInvalidHandle;
    if (const CUresult result = change(context, *resource); result != CUresult::kSuccess) return result;
  }
  return CUresult::kSuccess;
}

CUresult list_devices(const Settings& settings, unsigned* found, cuda::CUdevice* devices, unsigned room) {
  if (settings.gl_refused) return CUresult::kOperatingSystem;
  if (found == nullptr) return CUresult::kInvalidValue;
  *found = 0;
  if (!settings.gl_device || *settings.gl_device >= settings.gpus) return CUresult::kNoDevice;
  *found = 1;
  if (devices != nullptr && room > 0) devices[0] = *settings.gl_device;
  return CUresult::kSuccess;
}

}  // namespace
}  // namespace warpscope::stand_in

namespace warpscope::cuda {

using stand_in::Context;
using stand_in::graphics_call;

CUresult cuGLGetDevices_v2(unsigned* found, CUdevice* devices, unsigned room, CUGLDeviceList /*which*/) {
  return stand_in::driver_call(__func__, [&](stand_in::Driver& driver) {
    return stand_in::list_devices(driver.control.settings(), found, devices, room);
  });
}

CUresult cuGraphicsGLRegisterImage(CUgraphicsResource* resource, unsigned image, unsigned target, unsigned flags) {
  return graphics_call(__func__, [&](Context& context) {
    if (resource == nullptr || target != kGlTexture2D) return CUresult::kInvalidValue;
    if (!stand_in::has_gl_context()) return CUresult::kInvalidGraphicsContext;
    if (!stand_in::describe_texture(image)) return CUresult::kInvalidValue;
    auto made = std::make_unique<stand_in::GraphicsResource>();
    made->texture = image;
    made->flags = flags;
    *resource = context.graphics.add(std::move(made));
    return CUresult::kSuccess;
  });
}

CUresult cuGraphicsUnregisterResource(CUgraphicsResource resource) {
  return graphics_call(__func__, [&](Context& context) {
    const stand_in::GraphicsResource* found = context.graphics.find(resource);
    if (found == nullptr) return CUresult::kInvalidHandle;
    if (found->mapped != nullptr) stand_in::remove_array(context, found->mapped);
    context.graphics.erase(resource);
    return CUresult::kSuccess;
  });
}

CUresult cuGraphicsMapResources(unsigned count, CUgraphicsResource* resources, CUstream /*stream*/) {
  return graphics_call(
      __func__, [&](Context& context) { return stand_in::each_resource(context, count, resources, stand_in::map); });
}

CUresult cuGraphicsUnmapResources(unsigned count, CUgraphicsResource* resources, CUstream /*stream*/) {
  return graphics_call(
      __func__, [&](Context& context) { return stand_in::each_resource(context, count, resources, stand_in::unmap); });
}

CUresult cuGraphicsSubResourceGetMappedArray(CUarray* array, CUgraphicsResource resource, unsigned layer,
                                             unsigned level) {
  return graphics_call(__func__, [&](Context& context) {
    const stand_in::GraphicsResource* found = context.graphics.find(resource);
    if (found == nullptr) return CUresult::kInvalidHandle;
    if (array == nullptr || layer != 0 || level != 0) return CUresult::kInvalidValue;
    if (found->mapped == nullptr) return CUresult::kNotMapped;
    *array = found->mapped;
    return CUresult::kSuccess;
  });
}

}  // namespace warpscope::cuda
