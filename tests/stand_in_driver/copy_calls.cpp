// Arrays, and copies of boxes between the host, the device and arrays.
#include <cstring>
#include <vector>

#include "tests/stand_in_driver/array.h"
#include "tests/stand_in_driver/driver.h"
#include "tests/stand_in_driver/exports.h"

namespace warpscope::stand_in {
namespace {

// One side of a copy. A row is asked for by its place in the box.
struct Side {
  cuda::CUmemorytype type;
  std::uint8_t* host;
  std::uint64_t device;
  Array* array;
  std::size_t pitch, rows;  // bytes from a row to the next, rows from a slice to the next
  std::size_t x, y, z;

  std::size_t offset(std::size_t row, std::size_t slice) const { return ((slice + z) * rows + row + y) * pitch + x; }
};

// Where it begins in memory and what must hold for it; success, or why it is impossible.
CUresult settle(Context& context, Side& side, cuda::CUarray array, const cuda::CUDA_MEMCPY3D& box) {
  if (side.type == cuda::CUmemorytype::kUnified) {
    const bool ours = context.memory.page(side.device) != nullptr;
    side.type = ours ? cuda::CUmemorytype::kDevice : cuda::CUmemorytype::kHost;
    if (!ours) side.host = reinterpret_cast<std::uint8_t*>(side.device);
  }
  if (side.type == cuda::CUmemorytype::kArray) {
    side.array = context.arrays.find(array);
    if (side.array == nullptr) return CUresult::kInvalidHandle;
    side.pitch = side.array->row_bytes;
    side.rows = side.array->rows;
    const bool fits = side.x + box.WidthInBytes <= side.pitch && side.y + box.Height <= side.rows &&
                      side.z + box.Depth <= side.array->slices;
    return fits ? CUresult::kSuccess : CUresult::kInvalidValue;
  }
  if (side.pitch == 0) side.pitch = side.x + box.WidthInBytes;
  if (side.rows == 0) side.rows = side.y + box.Height;
  if (side.pitch < side.x + box.WidthInBytes || side.rows < side.y + box.Height) return CUresult::kInvalidValue;
  if (side.type == cuda::CUmemorytype::kHost && side.host == nullptr) return CUresult::kInvalidValue;
  const bool known = side.type == cuda::CUmemorytype::kHost || side.type == cuda::CUmemorytype::kDevice;
  return known ? CUresult::kSuccess : CUresult::kInvalidValue;
}

bool take_row(Context& context, const Side& side, std::size_t offset, std::vector<std::uint8_t>& row) {
  if (side.type == cuda::CUmemorytype::kDevice) return context.memory.read(side.device + offset, row).has_value();
  const std::uint8_t* from = side.array != nullptr ? side.array->bytes.data() : side.host;
  std::memcpy(row.data(), from + offset, row.size());
  return true;
}

bool put_row(Context& context, const Side& side, std::size_t offset, const std::vector<std::uint8_t>& row) {
  if (side.type == cuda::CUmemorytype::kDevice) return context.memory.write(side.device + offset, row).has_value();
  std::uint8_t* to = side.array != nullptr ? side.array->bytes.data() : side.host;
  std::memcpy(to + offset, row.data(), row.size());
  return true;
}

CUresult copy_box(Context& context, const cuda::CUDA_MEMCPY3D& box) {
  auto* from_host = const_cast<std::uint8_t*>(static_cast<const std::uint8_t*>(box.srcHost));
  Side from{box.srcMemoryType, from_host,       box.srcDevice, nullptr, box.srcPitch,
            box.srcHeight,     box.srcXInBytes, box.srcY,      box.srcZ};
  Side to{box.dstMemoryType, static_cast<std::uint8_t*>(box.dstHost),
          box.dstDevice,     nullptr,
          box.dstPitch,      box.dstHeight,
          box.dstXInBytes,   box.dstY,
          box.dstZ};
  if (const CUresult result = settle(context, from, box.srcArray, box); result != CUresult::kSuccess) return result;
  if (const CUresult result = settle(context, to, box.dstArray, box); result != CUresult::kSuccess) return result;
  std::vector<std::uint8_t> row_bytes(box.WidthInBytes);
  for (std::size_t slice = 0; slice < box.Depth && !row_bytes.empty(); ++slice) {
    for (std::size_t row = 0; row < box.Height; ++row) {
      if (!take_row(context, from, from.offset(row, slice), row_bytes)) return CUresult::kInvalidValue;
      if (!put_row(context, to, to.offset(row, slice), row_bytes)) return CUresult::kInvalidValue;
    }
  }
  if (to.array != nullptr) ++to.array->version;
  return CUresult::kSuccess;
}

// A plane as a box of one slice.
cuda::CUDA_MEMCPY3D box_of(const cuda::CUDA_MEMCPY2D& plane) {
  cuda::CUDA_MEMCPY3D box;
  box.srcXInBytes = plane.srcXInBytes, box.srcY = plane.srcY;
  box.srcMemoryType = plane.srcMemoryType;
  box.srcHost = plane.srcHost, box.srcDevice = plane.srcDevice, box.srcArray = plane.srcArray;
  box.srcPitch = plane.srcPitch;
  box.dstXInBytes = plane.dstXInBytes, box.dstY = plane.dstY;
  box.dstMemoryType = plane.dstMemoryType;
  box.dstHost = plane.dstHost, box.dstDevice = plane.dstDevice, box.dstArray = plane.dstArray;
  box.dstPitch = plane.dstPitch;
  box.WidthInBytes = plane.WidthInBytes, box.Height = plane.Height, box.Depth = 1;
  return box;
}

std::size_t bytes_of(cuda::CUarray_format format) {
  using enum cuda::CUarray_format;
  if (format == kU8 || format == kS8) return 1;
  return format == kU16 || format == kS16 || format == kHalf ? 2 : 4;
}

}  // namespace

std::unique_ptr<Array> make_array(const cuda::CUDA_ARRAY3D_DESCRIPTOR& description) {
  if (description.Width == 0) return nullptr;
  if (description.NumChannels != 1 && description.NumChannels != 2 && description.NumChannels != 4) return nullptr;
  auto array = std::make_unique<Array>();
  array->description = description;
  array->texel_bytes = bytes_of(description.Format) * description.NumChannels;
  array->row_bytes = description.Width * array->texel_bytes;
  array->rows = description.Height == 0 ? 1 : description.Height;
  array->slices = description.Depth == 0 ? 1 : description.Depth;
  array->bytes.resize(array->row_bytes * array->rows * array->slices);
  return array;
}

cuda::CUarray add_array(Context& context, std::unique_ptr<Array> array) {
  context.array_bytes += array->bytes.size();
  return context.arrays.add(std::move(array));
}

bool remove_array(Context& context, cuda::CUarray handle) {
  const Array* array = context.arrays.find(handle);
  if (array != nullptr) context.array_bytes -= array->bytes.size();
  return context.arrays.erase(handle);
}

}  // namespace warpscope::stand_in

namespace warpscope::cuda {

using stand_in::Context;

CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* copy, CUstream stream) {
  return stand_in::context_call(__func__, [&](Context& context) {
    if (copy == nullptr) return CUresult::kInvalidValue;
    return context.enqueue(stream, [box = stand_in::box_of(*copy)](Context& c) { return stand_in::copy_box(c, box); });
  });
}

CUresult cuMemcpy3D_v2(const CUDA_MEMCPY3D* copy) {
  return stand_in::uncaptured_call(__func__, [&](Context& context) {
    return copy == nullptr ? CUresult::kInvalidValue : stand_in::copy_box(context, *copy);
  });
}

CUresult cuArray3DCreate_v2(CUarray* array, const CUDA_ARRAY3D_DESCRIPTOR* description) {
  return stand_in::uncaptured_call(__func__, [&](Context& context) {
    if (array == nullptr || description == nullptr) return CUresult::kInvalidValue;
    auto made = stand_in::make_array(*description);
    if (made == nullptr) return CUresult::kInvalidValue;
    if (!context.has_room_for(made->bytes.size())) return CUresult::kOutOfMemory;
    *array = stand_in::add_array(context, std::move(made));
    return CUresult::kSuccess;
  });
}

CUresult cuArrayDestroy(CUarray array) {
  return stand_in::uncaptured_call(__func__, [&](Context& context) {
    return stand_in::remove_array(context, array) ? CUresult::kSuccess : CUresult::kInvalidHandle;
  });
}

}  // namespace warpscope::cuda
