#include "compute/cuda/gl_port.h"

#include <fmt/format.h>

namespace warpscope::cuda {
namespace {

constexpr const char* kOtherGpu =
    "OpenGL runs on another GPU than CUDA, or in software. On a laptop with two GPUs start the program with "
    "__NV_PRIME_RENDER_OFFLOAD=1 __GLX_VENDOR_LIBRARY_NAME=nvidia before its name";

// What the driver answers where the OpenGL context is none of its own.
bool means_other_gpu(CUresult code) {
  return code == CUresult::kOperatingSystem || code == CUresult::kNoDevice ||
         code == CUresult::kInvalidGraphicsContext || code == CUresult::kNotSupported;
}

CudaError gl_error(const Driver& driver, CUresult code, std::string_view what) {
  CudaError error = driver.error(code, what);
  // 304 also stands for errors of OpenGL's own that nobody has asked for before.
  if (means_other_gpu(code)) error.message = fmt::format("{} (CUDA error {})", kOtherGpu, static_cast<int>(code));
  return error;
}

CudaResult<void> check(const Driver& driver, CUresult code, std::string_view what) {
  if (code == CUresult::kSuccess) return {};
  return tl::unexpected(gl_error(driver, code, what));
}

constexpr const char* kNoPicture = "the GPU's picture cannot be shown";

}  // namespace

CudaResult<int> GlPort::gpu_of_context(const Driver& driver) {
  unsigned found = 0;
  CUdevice device = 0;
  const CUresult code = driver->cuGLGetDevices_v2(&found, &device, 1, CUGLDeviceList::kAll);
  if (code != CUresult::kSuccess)
    return tl::unexpected(gl_error(driver, code, "it is not known which GPU drives the window"));
  if (found == 0) return tl::unexpected(gl_error(driver, CUresult::kNoDevice, ""));
  int count = 0;
  if (auto fine = driver.check(driver->cuDeviceGetCount(&count), "the GPUs cannot be counted"); !fine)
    return tl::unexpected(fine.error());
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    CUdevice each = 0;
    if (driver->cuDeviceGet(&each, ordinal) == CUresult::kSuccess && each == device) return ordinal;
  }
  return tl::unexpected(gl_error(driver, CUresult::kNoDevice, ""));
}

CudaResult<std::unique_ptr<GlPort>> GlPort::open(std::shared_ptr<Context> context, unsigned texture, int width,
                                                 int height) {
  const auto held = context->hold();
  const Driver& driver = context->driver();
  if (auto fine = context->make_current(); !fine) return tl::unexpected(fine.error());
  std::unique_ptr<GlPort> port(new GlPort(context, width, height));
  auto stream = make_stream(context);
  if (!stream) return tl::unexpected(stream.error());
  port->stream_ = std::move(*stream);
  CUgraphicsResource resource = nullptr;
  const CUresult code = driver->cuGraphicsGLRegisterImage(&resource, texture, kGlTexture2D, kRegisterFlagsWriteDiscard);
  if (code != CUresult::kSuccess)
    return tl::unexpected(gl_error(driver, code, "the window's texture cannot be shared with CUDA"));
  port->resource_ = GraphicsResource(context, resource);
  return port;
}

GlPort::~GlPort() {
  const auto held = context_->hold();
  (void)context_->make_current();
  resource_ = {};
  stream_ = {};
}

CudaResult<std::optional<std::uint64_t>> GlPort::present(AtlasRing& ring) {
  const auto held = context_->hold();
  if (!usable() || !ring.alive()) {
    return tl::unexpected(
        CudaError{{"the GPU was set up anew, and the window's texture is not shared with it any more", {}},
                  CUresult::kInvalidHandle});
  }
  if (auto fine = context_->make_current(); !fine) return tl::unexpected(fine.error());
  const AtlasRing::Picture* const picture = ring.take();
  if (picture == nullptr) return std::optional<std::uint64_t>();
  if (auto fine = copy(*picture); !fine) {
    usable_ = false;
    return tl::unexpected(fine.error());
  }
  return std::optional(picture->frame);
}

CudaResult<void> GlPort::copy(const AtlasRing::Picture& picture) {
  const Driver& driver = context_->driver();
  if (!fit(picture.pieces, width_, height_)) {
    return tl::unexpected(
        CudaError{{fmt::format("the picture is larger than the window's texture of {} x {}", width_, height_), {}},
                  CUresult::kInvalidValue});
  }
  CUgraphicsResource resource = resource_.get();
  if (auto fine = check(driver, driver->cuStreamWaitEvent(stream_.get(), picture.ready, 0), kNoPicture); !fine)
    return fine;
  if (auto fine = check(driver, driver->cuGraphicsMapResources(1, &resource, stream_.get()), kNoPicture); !fine)
    return fine;
  CUarray array = nullptr;
  CudaResult<void> done =
      check(driver, driver->cuGraphicsSubResourceGetMappedArray(&array, resource, 0, 0), kNoPicture);
  for (const AtlasPiece& piece : picture.pieces) {
    if (!done) break;
    CUDA_MEMCPY2D copy;
    copy.srcMemoryType = CUmemorytype::kDevice;
    copy.srcDevice = piece.from;
    copy.srcPitch = piece.pitch_bytes;
    copy.dstMemoryType = CUmemorytype::kArray;
    copy.dstArray = array;
    copy.dstXInBytes = static_cast<std::size_t>(piece.x) * sizeof(float);
    copy.dstY = static_cast<std::size_t>(piece.y);
    copy.WidthInBytes = static_cast<std::size_t>(piece.width) * sizeof(float);
    copy.Height = static_cast<std::size_t>(piece.height);
    done = check(driver, driver->cuMemcpy2DAsync_v2(&copy, stream_.get()), kNoPicture);
  }
  // What is mapped is unmapped whatever happened: OpenGL must not touch it otherwise.
  auto unmapped = check(driver, driver->cuGraphicsUnmapResources(1, &resource, stream_.get()), kNoPicture);
  if (done) done = std::move(unmapped);
  if (done) done = check(driver, driver->cuEventRecord(picture.taken, stream_.get()), kNoPicture);
  return done;
}

}  // namespace warpscope::cuda
