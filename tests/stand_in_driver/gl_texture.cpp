#include "tests/stand_in_driver/gl_texture.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>

namespace warpscope::stand_in {
namespace {

// The numbers of OpenGL's headers, which this library is built without.
using GlEnum = unsigned;
constexpr GlEnum kTexture2D = 0x0de1, kTextureBinding2D = 0x8069, kVersion = 0x1f02;
constexpr GlEnum kWidth = 0x1000, kHeight = 0x1001, kInternalFormat = 0x1003;
constexpr GlEnum kRed = 0x1903, kRg = 0x8227, kRgba = 0x1908;
constexpr GlEnum kRedInteger = 0x8d94, kRgInteger = 0x8228, kRgbaInteger = 0x8d99;
constexpr GlEnum kUnsignedByte = 0x1401, kByte = 0x1400, kUnsignedShort = 0x1403, kShort = 0x1402;
constexpr GlEnum kUnsignedInt = 0x1405, kInt = 0x1404, kGlFloat = 0x1406, kHalfFloat = 0x140b;
constexpr GlEnum kPixelPackBuffer = 0x88eb, kPixelPackBinding = 0x88ed;
constexpr GlEnum kPixelUnpackBuffer = 0x88ec, kPixelUnpackBinding = 0x88ef;

struct Format {
  int internal;
  GlEnum format, type;
  cuda::CUarray_format array;
  unsigned channels;
};

using enum cuda::CUarray_format;
// What cuGraphicsGLRegisterImage takes: GL_R8, GL_RG8, GL_RGBA8, the same in 16 bits, floats, and integers.
constexpr Format kFormats[] = {
    {0x8229, kRed, kUnsignedByte, kU8, 1},
    {0x822b, kRg, kUnsignedByte, kU8, 2},
    {0x8058, kRgba, kUnsignedByte, kU8, 4},
    {0x822a, kRed, kUnsignedShort, kU16, 1},
    {0x822c, kRg, kUnsignedShort, kU16, 2},
    {0x805b, kRgba, kUnsignedShort, kU16, 4},
    {0x822d, kRed, kHalfFloat, kHalf, 1},
    {0x822f, kRg, kHalfFloat, kHalf, 2},
    {0x881a, kRgba, kHalfFloat, kHalf, 4},
    {0x822e, kRed, kGlFloat, kFloat, 1},
    {0x8230, kRg, kGlFloat, kFloat, 2},
    {0x8814, kRgba, kGlFloat, kFloat, 4},
    {0x8232, kRedInteger, kUnsignedByte, kU8, 1},
    {0x8238, kRgInteger, kUnsignedByte, kU8, 2},
    {0x8d7c, kRgbaInteger, kUnsignedByte, kU8, 4},
    {0x8231, kRedInteger, kByte, kS8, 1},
    {0x8237, kRgInteger, kByte, kS8, 2},
    {0x8d8e, kRgbaInteger, kByte, kS8, 4},
    {0x8234, kRedInteger, kUnsignedShort, kU16, 1},
    {0x823a, kRgInteger, kUnsignedShort, kU16, 2},
    {0x8d76, kRgbaInteger, kUnsignedShort, kU16, 4},
    {0x8233, kRedInteger, kShort, kS16, 1},
    {0x8239, kRgInteger, kShort, kS16, 2},
    {0x8d88, kRgbaInteger, kShort, kS16, 4},
    {0x8236, kRedInteger, kUnsignedInt, kU32, 1},
    {0x823c, kRgInteger, kUnsignedInt, kU32, 2},
    {0x8d70, kRgbaInteger, kUnsignedInt, kU32, 4},
    {0x8235, kRedInteger, kInt, kS32, 1},
    {0x823b, kRgInteger, kInt, kS32, 2},
    {0x8d82, kRgbaInteger, kInt, kS32, 4},
};

struct Gl {
  const unsigned char* (*glGetString)(GlEnum) = nullptr;
  void (*glGetIntegerv)(GlEnum, int*) = nullptr;
  void (*glBindTexture)(GlEnum, unsigned) = nullptr;
  void (*glGetTexLevelParameteriv)(GlEnum, int, GlEnum, int*) = nullptr;
  void (*glGetTexImage)(GlEnum, int, GlEnum, GlEnum, void*) = nullptr;
  void (*glTexSubImage2D)(GlEnum, int, int, int, int, int, GlEnum, GlEnum, const void*) = nullptr;
  void (*glPixelStorei)(GlEnum, int) = nullptr;
  void (*glBindBuffer)(GlEnum, unsigned) = nullptr;
  unsigned char (*glIsTexture)(unsigned) = nullptr;
  bool complete = false;

  Gl() {
    void* library = dlopen("libGL.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    complete = look_up(library, "glGetString", glGetString) && look_up(library, "glGetIntegerv", glGetIntegerv) &&
               look_up(library, "glBindTexture", glBindTexture) &&
               look_up(library, "glGetTexLevelParameteriv", glGetTexLevelParameteriv) &&
               look_up(library, "glGetTexImage", glGetTexImage) &&
               look_up(library, "glTexSubImage2D", glTexSubImage2D) &&
               look_up(library, "glPixelStorei", glPixelStorei) && look_up(library, "glIsTexture", glIsTexture) &&
               look_up(library, "glBindBuffer", glBindBuffer);
  }

 private:
  template <class Function>
  static bool look_up(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    return function != nullptr;
  }
};

const Gl& gl() {
  static const Gl functions;
  return functions;
}

// Binds a texture, plain rows without padding, and no buffer in place of memory; puts everything back.
class Bound {
 public:
  explicit Bound(unsigned texture) {
    gl().glGetIntegerv(kTextureBinding2D, &texture_);
    gl().glGetIntegerv(kPixelPackBinding, &pack_buffer_);
    gl().glGetIntegerv(kPixelUnpackBinding, &unpack_buffer_);
    for (std::size_t i = 0; i < kStores.size(); ++i) {
      gl().glGetIntegerv(kStores[i].name, &stored_[i]);
      gl().glPixelStorei(kStores[i].name, kStores[i].plain);
    }
    bind(texture, 0, 0);
  }
  ~Bound() {
    bind(static_cast<unsigned>(texture_), static_cast<unsigned>(pack_buffer_), static_cast<unsigned>(unpack_buffer_));
    for (std::size_t i = 0; i < kStores.size(); ++i) gl().glPixelStorei(kStores[i].name, stored_[i]);
  }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;

  int level_parameter(GlEnum name) const {
    int value = 0;
    gl().glGetTexLevelParameteriv(kTexture2D, 0, name, &value);
    return value;
  }
  const Format* format() const {
    const auto* found = std::ranges::find(kFormats, level_parameter(kInternalFormat), &Format::internal);
    return found == std::end(kFormats) ? nullptr : found;
  }

 private:
  struct Store {
    GlEnum name;
    int plain;
  };
  // GL_UNPACK_ROW_LENGTH, SKIP_ROWS, SKIP_PIXELS, ALIGNMENT; GL_PACK_...
  static constexpr std::array<Store, 8> kStores = {
      {{0x0cf2, 0}, {0x0cf3, 0}, {0x0cf4, 0}, {0x0cf5, 1}, {0x0d02, 0}, {0x0d03, 0}, {0x0d04, 0}, {0x0d05, 1}}};

  static void bind(unsigned texture, unsigned pack_buffer, unsigned unpack_buffer) {
    gl().glBindTexture(kTexture2D, texture);
    gl().glBindBuffer(kPixelPackBuffer, pack_buffer);
    gl().glBindBuffer(kPixelUnpackBuffer, unpack_buffer);
  }

  int texture_ = 0, pack_buffer_ = 0, unpack_buffer_ = 0;
  std::array<int, kStores.size()> stored_{};
};

}  // namespace

bool has_gl_context() {
  return gl().complete && gl().glGetString(kVersion) != nullptr;
}

std::optional<cuda::CUDA_ARRAY3D_DESCRIPTOR> describe_texture(unsigned texture) {
  if (!has_gl_context() || gl().glIsTexture(texture) == 0) return std::nullopt;
  const Bound bound(texture);
  const Format* format = bound.format();
  if (format == nullptr) return std::nullopt;
  cuda::CUDA_ARRAY3D_DESCRIPTOR description;
  description.Width = static_cast<std::size_t>(bound.level_parameter(kWidth));
  description.Height = static_cast<std::size_t>(bound.level_parameter(kHeight));
  description.Format = format->array;
  description.NumChannels = format->channels;
  return description;
}

bool read_texture(unsigned texture, std::span<std::uint8_t> into) {
  if (!has_gl_context()) return false;
  const Bound bound(texture);
  const Format* format = bound.format();
  if (format == nullptr) return false;
  gl().glGetTexImage(kTexture2D, 0, format->format, format->type, into.data());
  return true;
}

bool write_texture(unsigned texture, std::span<const std::uint8_t> bytes) {
  if (!has_gl_context()) return false;
  const Bound bound(texture);
  const Format* format = bound.format();
  if (format == nullptr) return false;
  gl().glTexSubImage2D(kTexture2D, 0, 0, 0, bound.level_parameter(kWidth), bound.level_parameter(kHeight),
                       format->format, format->type, bytes.data());
  return true;
}

}  // namespace warpscope::stand_in
