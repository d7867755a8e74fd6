#include "compute/cuda/driver_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace warpscope::cuda {
namespace {

struct Meaning {
  CUresult code;
  ErrorKind kind;
  const char* advice;
};

constexpr Meaning kMeanings[] = {
    {CUresult::kOutOfMemory, ErrorKind::kOther, "Close other programs that use the GPU, or work with less data"},
    {CUresult::kDeinitialized, ErrorKind::kLost, "The driver has been shut down; start the program again"},
    {CUresult::kStubLibrary, ErrorKind::kLost,
     "The CUDA toolkit's stub of libcuda.so.1 was found instead of the driver's; take its folder out of "
     "LD_LIBRARY_PATH, or install NVIDIA's driver"},
    {CUresult::kDeviceUnavailable, ErrorKind::kLost,
     "Another process holds the GPU for itself (exclusive mode), or it is shut off"},
    {CUresult::kNoDevice, ErrorKind::kLost,
     "Check with nvidia-smi that the driver sees the GPU, and that CUDA_VISIBLE_DEVICES does not hide it"},
    {CUresult::kInvalidDevice, ErrorKind::kLost, ""},
    {CUresult::kEccUncorrectable, ErrorKind::kLost,
     "The GPU's memory has a defect that could not be corrected; restart the computer"},
    {CUresult::kNvlinkUncorrectable, ErrorKind::kLost, "The link between GPUs failed; restart the computer"},
    {CUresult::kJitCompilerNotFound, ErrorKind::kOther,
     "The driver's PTX compiler (libnvidia-ptxjitcompiler.so.1) is missing; install the whole driver"},
    {CUresult::kContained, ErrorKind::kFault, ""},
    {CUresult::kOperatingSystem, ErrorKind::kOther, "The operating system refused a call of the driver"},
    {CUresult::kIllegalAddress, ErrorKind::kFault, "Run it on the virtual GPU with --check memory to see where"},
    {CUresult::kLaunchTimeout, ErrorKind::kFault,
     "The GPU also drives a screen, and kernels that take seconds are ended there"},
    {CUresult::kContextIsDestroyed, ErrorKind::kFault, ""},
    {CUresult::kAssert, ErrorKind::kFault, "The failed assert() is printed on the program's error output"},
    {CUresult::kHardwareStackError, ErrorKind::kFault, "Its calls went deeper than the stack"},
    {CUresult::kIllegalInstruction, ErrorKind::kFault, ""},
    {CUresult::kMisalignedAddress, ErrorKind::kFault, "Run it on the virtual GPU with --check memory to see where"},
    {CUresult::kInvalidAddressSpace, ErrorKind::kFault, ""},
    {CUresult::kInvalidPc, ErrorKind::kFault, ""},
    {CUresult::kLaunchFailed, ErrorKind::kFault, "Run it on the virtual GPU to see where"},
    {CUresult::kSystemNotReady, ErrorKind::kLost, "A service of the system is not ready (nvidia-fabricmanager)"},
    {CUresult::kSystemDriverMismatch, ErrorKind::kLost,
     "The driver was updated while it was loaded; restart the computer"},
    {CUresult::kCompatNotSupportedOnDevice, ErrorKind::kLost,
     "A compatibility package of CUDA does not support this GPU; remove it, or update the driver"},
    {CUresult::kExternalDevice, ErrorKind::kLost, ""},
    {CUresult::kUnknown, ErrorKind::kFault,
     "After a suspend, 'sudo modprobe -r nvidia_uvm && sudo modprobe nvidia_uvm' often helps; else restart the "
     "computer"},
};

const Meaning* find(CUresult code) {
  const auto* const found = std::find_if(std::begin(kMeanings), std::end(kMeanings),
                                         [&](const Meaning& meaning) { return meaning.code == code; });
  return found == std::end(kMeanings) ? nullptr : found;
}

// NVIDIA's release notes: the driver branch that came with each version of CUDA (for Linux).
struct Release {
  int cuda, driver;
};
constexpr Release kReleases[] = {{11000, 450}, {11010, 455}, {11020, 460}, {11030, 465}, {11040, 470},
                                 {11050, 495}, {11060, 510}, {11070, 515}, {11080, 520}, {12000, 525},
                                 {12010, 530}, {12020, 535}, {12030, 545}, {12040, 550}, {12050, 555},
                                 {12060, 560}, {12070, 565}, {12080, 570}, {12090, 575}, {13000, 580}};

// The PTX manual's table of releases: the first CUDA of each version.
struct PtxVersion {
  int ptx, cuda;  // 72: 7.2
};
constexpr PtxVersion kPtxVersions[] = {
    {60, 9000},  {61, 9010},  {62, 9020},  {63, 10000}, {64, 10010}, {65, 10020}, {70, 11000}, {71, 11010}, {72, 11020},
    {73, 11030}, {74, 11040}, {75, 11050}, {76, 11060}, {77, 11070}, {78, 11080}, {80, 12000}, {81, 12010}, {82, 12020},
    {83, 12030}, {84, 12040}, {85, 12050}, {86, 12070}, {87, 12080}, {88, 12090}, {90, 13000}, {91, 13010}};

}  // namespace

ErrorKind kind_of(CUresult code) {
  const Meaning* const meaning = find(code);
  return meaning == nullptr ? ErrorKind::kOther : meaning->kind;
}

std::string_view advice_for(CUresult code) {
  const Meaning* const meaning = find(code);
  return meaning == nullptr ? std::string_view() : std::string_view(meaning->advice);
}

std::string cuda_version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

int driver_for_ptx(int major, int minor) {
  const int asked = major * 10 + minor;
  for (const PtxVersion& each : kPtxVersions) {
    if (each.ptx >= asked) return each.cuda;
  }
  // Newer than this table: since 9.0 PTX counts four behind CUDA.
  return (major + 4) * 1000 + minor * 10;
}

std::string driver_release_for(int version) {
  for (const Release& release : kReleases) {
    if (release.cuda == version) return fmt::format("driver {} or newer", release.driver);
  }
  return "a newer driver";
}

}  // namespace warpscope::cuda
