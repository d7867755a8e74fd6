// Checked reading of section bytes: see debug_dwarf.h.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "compute/ptx/debug_dwarf.h"

namespace warpscope::ptx::dwarf {

namespace {
constexpr std::size_t kMaxProblems = 20;
constexpr unsigned kMaxShift = 16 * 7;  // 64 bits need 10 bytes; padding up to 16 is put up with
}  // namespace

void Problems::add(std::string_view section, std::uint64_t offset, const std::string& text) {
  add(fmt::format("{}+{:#x}: {}", section, offset, text));
}

void Problems::add(const std::string& text) {
  if (kept_.size() < kMaxProblems) {
    kept_.push_back({text, {file_, 0, 0}});
  } else {
    ++dropped_;
  }
}

std::vector<base::Error> Problems::take() {
  if (dropped_ > 0) {
    kept_.push_back({fmt::format("and {} more problems in the debug information", dropped_), {file_, 0, 0}});
    dropped_ = 0;
  }
  return std::move(kept_);
}

Data::Data(const Section* section) : section_(section) {
  if (!section) return;
  fixups_.reserve(section->fixups.size());
  for (const Fixup& fixup : section->fixups) fixups_.push_back(&fixup);
  std::stable_sort(fixups_.begin(), fixups_.end(),
                   [](const Fixup* a, const Fixup* b) { return a->offset < b->offset; });
}

const Fixup* Data::fixup_at(std::uint64_t offset) const {
  const auto found = std::lower_bound(fixups_.begin(), fixups_.end(), offset,
                                      [](const Fixup* fixup, std::uint64_t at) { return fixup->offset < at; });
  return found != fixups_.end() && (*found)->offset == offset ? *found : nullptr;
}

Cursor::Cursor(const Data& data, std::uint64_t begin, std::uint64_t end)
    : data_(&data), position_(begin), end_(std::min(end, data.size())) {
  if (position_ > end_) {
    position_ = end_;
    ok_ = false;
  }
}

Number Cursor::number(int bytes) {
  const auto count = static_cast<std::uint64_t>(bytes);
  if (!ok_ || count > end_ - position_) {
    ok_ = false;
    return {};
  }
  Number result;
  for (int i = std::min(bytes, 8) - 1; i >= 0; --i) {
    result.value = result.value << 8 | data_->bytes()[position_ + static_cast<std::uint64_t>(i)];
  }
  if (bytes >= 4) result.fixup = data_->fixup_at(position_);  // no address is shorter
  if (result.fixup && result.fixup->size_bytes != bytes) result.fixup = nullptr;
  position_ += count;
  return result;
}

std::uint64_t Cursor::uleb() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; ok_; shift += 7) {
    if (at_end() || shift > kMaxShift) {
      ok_ = false;
      return 0;
    }
    const std::uint8_t byte = data_->bytes()[position_++];
    if (shift < 64) value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0) break;
  }
  return ok_ ? value : 0;
}

std::int64_t Cursor::sleb() {
  std::uint64_t value = 0;
  unsigned shift = 0;
  while (ok_) {
    if (at_end() || shift > kMaxShift) {
      ok_ = false;
      return 0;
    }
    const std::uint8_t byte = data_->bytes()[position_++];
    if (shift < 64) value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    shift += 7;
    if ((byte & 0x80U) != 0) continue;
    if (shift < 64 && (byte & 0x40U) != 0) value |= ~std::uint64_t{0} << shift;
    break;
  }
  return static_cast<std::int64_t>(value);
}

std::string_view Cursor::text() {
  if (!ok_ || at_end()) {
    ok_ = false;
    return {};
  }
  const auto* begin = reinterpret_cast<const char*>(data_->bytes() + position_);
  const void* zero = std::memchr(begin, 0, end_ - position_);
  if (!zero) {
    ok_ = false;
    return {};
  }
  const auto length = static_cast<std::uint64_t>(static_cast<const char*>(zero) - begin);
  position_ += length + 1;
  return {begin, length};
}

void Cursor::skip(std::uint64_t bytes) {
  if (!ok_ || bytes > end_ - position_) {
    ok_ = false;
    return;
  }
  position_ += bytes;
}

std::uint64_t offset_in(const Data& target, std::uint64_t number, const Fixup* fixup) {
  if (!fixup) return number;
  const auto addend = static_cast<std::uint64_t>(fixup->addend);
  if (!target.present() || fixup->symbol == target.section()->name) return addend;
  const auto label = target.section()->labels.find(fixup->symbol);
  return label == target.section()->labels.end() ? ~std::uint64_t{0} : label->second + addend;
}

}  // namespace warpscope::ptx::dwarf
