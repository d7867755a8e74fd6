// Texture and surface objects.
#include "tests/stand_in_driver/driver.h"
#include "tests/stand_in_driver/exports.h"
#include "tests/stand_in_driver/textures.h"

namespace warpscope::stand_in {
namespace {

vgpu::TexelType type_of(cuda::CUarray_format format) {
  using enum cuda::CUarray_format;
  switch (format) {
    case kU8:
      return vgpu::TexelType::kU8;
    case kU16:
      return vgpu::TexelType::kU16;
    case kU32:
      return vgpu::TexelType::kU32;
    case kS8:
      return vgpu::TexelType::kS8;
    case kS16:
      return vgpu::TexelType::kS16;
    case kS32:
      return vgpu::TexelType::kS32;
    case kHalf:
      return vgpu::TexelType::kF16;
    case kFloat:
      break;
  }
  return vgpu::TexelType::kF32;
}

vgpu::Texture texture_of(const Array& array) {
  const cuda::CUDA_ARRAY3D_DESCRIPTOR& d = array.description;
  vgpu::Texture texture;
  const bool layered = (d.Flags & cuda::kArrayLayered) != 0;
  const bool cube = (d.Flags & cuda::kArrayCubemap) != 0;
  texture.width = static_cast<int>(d.Width);
  texture.height = d.Height == 0 ? 1 : static_cast<int>(d.Height);
  (layered || cube ? texture.layers : texture.depth) = d.Depth == 0 ? 1 : static_cast<int>(d.Depth);
  texture.dimensions = d.Height == 0 ? 1 : d.Depth == 0 || layered || cube ? 2 : 3;
  texture.type = type_of(d.Format);
  texture.channels = static_cast<int>(d.NumChannels);
  return texture;
}

bool is_small_integer(vgpu::TexelType type) {
  using enum vgpu::TexelType;
  return type == kU8 || type == kS8 || type == kU16 || type == kS16;
}

void describe(const cuda::CUDA_TEXTURE_DESC& description, vgpu::Texture& texture) {
  for (std::size_t i = 0; i < 3; ++i) {
    // The driver's numbers are in the same order.
    texture.address_modes[i] = static_cast<vgpu::AddressMode>(description.addressMode[i]);
  }
  texture.linear = description.filterMode == cuda::CUfilter_mode::kLinear;
  texture.normalized_coordinates = (description.flags & cuda::kNormalizedCoordinates) != 0;
  texture.normalized_read = (description.flags & cuda::kReadAsInteger) == 0 && is_small_integer(texture.type);
}

CUresult add_object(Context& context, unsigned long long* handle, const cuda::CUDA_RESOURCE_DESC* resource,
                    const cuda::CUDA_TEXTURE_DESC* description) {
  if (handle == nullptr || resource == nullptr) return CUresult::kInvalidValue;
  if (resource->resType != cuda::CUresourcetype::kArray) return CUresult::kNotSupported;
  const cuda::CUarray array_handle = resource->res.array.hArray;
  const Array* array = context.arrays.find(array_handle);
  if (array == nullptr) return CUresult::kInvalidHandle;
  const bool surface = description == nullptr;
  if (surface && (array->description.Flags & cuda::kArraySurface) == 0) return CUresult::kInvalidValue;
  vgpu::Texture texture = texture_of(*array);
  if (description != nullptr) describe(*description, texture);
  *handle = context.textures.add(std::move(texture));
  context.texture_objects[*handle] = {array_handle, surface, ~0ULL};
  return CUresult::kSuccess;
}

CUresult remove_object(Context& context, unsigned long long handle) {
  if (context.texture_objects.erase(handle) == 0) return CUresult::kInvalidHandle;
  vgpu::Texture& texture = *context.textures.find(handle);
  texture = {};
  texture.texels.resize(sizeof(float));  // one texel: the number stays taken
  return CUresult::kSuccess;
}

}  // namespace

void take_arrays(Context& context) {
  for (auto& [handle, object] : context.texture_objects) {
    vgpu::Texture& texture = *context.textures.find(handle);
    const Array* array = context.arrays.find(object.array);
    if (array == nullptr) {  // the array is gone, and with it what the object showed
      texture = {};
      texture.texels.resize(sizeof(float));
    } else if (object.version != array->version) {
      texture.texels = array->bytes;
      object.version = array->version;
    }
  }
}

void put_back_surfaces(Context& context) {
  for (auto& [handle, object] : context.texture_objects) {
    Array* array = object.surface ? context.arrays.find(object.array) : nullptr;
    if (array == nullptr) continue;
    const vgpu::Texture& texture = *context.textures.find(handle);
    if (texture.texels == array->bytes) continue;
    array->bytes = texture.texels;
    object.version = ++array->version;
  }
}

}  // namespace warpscope::stand_in

namespace warpscope::cuda {

using stand_in::Context;
using stand_in::context_call;

CUresult cuTexObjectCreate(CUtexObject* texture, const CUDA_RESOURCE_DESC* resource,
                           const CUDA_TEXTURE_DESC* description, const void* view) {
  return context_call(__func__, [&](Context& context) {
    if (description == nullptr) return CUresult::kInvalidValue;
    if (view != nullptr) return CUresult::kNotSupported;
    return stand_in::add_object(context, texture, resource, description);
  });
}

CUresult cuTexObjectDestroy(CUtexObject texture) {
  return context_call(__func__, [&](Context& context) { return stand_in::remove_object(context, texture); });
}

CUresult cuSurfObjectCreate(CUsurfObject* surface, const CUDA_RESOURCE_DESC* resource) {
  return context_call(__func__,
                      [&](Context& context) { return stand_in::add_object(context, surface, resource, nullptr); });
}

CUresult cuSurfObjectDestroy(CUsurfObject surface) {
  return context_call(__func__, [&](Context& context) { return stand_in::remove_object(context, surface); });
}

}  // namespace warpscope::cuda
