#include "app/scene/code_text.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace warpscope::scene {
namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

int next_column(int column, char c) {
  return c == '\t' ? (column / kTabStop + 1) * kTabStop : column + 1;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> lines;
  const std::vector<std::uint32_t> starts = line_starts(text);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t end = i + 1 < starts.size() ? starts[i + 1] - 1 : text.size();
    lines.push_back(text.substr(starts[i], end - starts[i]));
  }
  return lines;
}

using Lines = std::vector<std::string_view>;

// The longest common subsequence of before[b0, b1) and now[n0, n1).
void match_middle(const Lines& before, std::size_t b0, std::size_t b1, const Lines& now, std::size_t n0, std::size_t n1,
                  std::vector<int>& out) {
  const std::size_t height = b1 - b0, width = n1 - n0;
  std::vector<std::uint16_t> longest((height + 1) * (width + 1), 0);  // of what follows
  const auto at = [&](std::size_t b, std::size_t n) -> std::uint16_t& { return longest[b * (width + 1) + n]; };
  for (std::size_t b = height; b-- > 0;) {
    for (std::size_t n = width; n-- > 0;) {
      at(b, n) = before[b0 + b] == now[n0 + n] ? static_cast<std::uint16_t>(at(b + 1, n + 1) + 1)
                                               : std::max(at(b + 1, n), at(b, n + 1));
    }
  }
  for (std::size_t b = 0, n = 0; b < height && n < width;) {
    if (before[b0 + b] == now[n0 + n]) {
      out[n0 + n++] = static_cast<int>(b0 + b++);
    } else if (at(b + 1, n) >= at(b, n + 1)) {
      ++b;
    } else {
      ++n;
    }
  }
}

// Where the middle is too large for that: lines that are written once in either text, in order.
void match_unique(const Lines& before, std::size_t b0, std::size_t b1, const Lines& now, std::size_t n0, std::size_t n1,
                  std::vector<int>& out) {
  std::unordered_map<std::string_view, int> places;  // -1: more than one
  for (std::size_t b = b0; b < b1; ++b) {
    const auto [found, is_new] = places.try_emplace(before[b], static_cast<int>(b));
    if (!is_new) found->second = -1;
  }
  int last = static_cast<int>(b0) - 1;
  for (std::size_t n = n0; n < n1; ++n) {
    const auto found = places.find(now[n]);
    if (found == places.end() || found->second <= last) continue;
    out[n] = last = found->second;
  }
}

}  // namespace

std::vector<std::uint32_t> line_starts(std::string_view text) {
  std::vector<std::uint32_t> starts{0};
  for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) {
    starts.push_back(static_cast<std::uint32_t>(at + 1));
  }
  return starts;
}

int column_of_byte(std::string_view line, std::size_t byte) {
  int column = 0;
  for (std::size_t i = 0; i < std::min(byte, line.size()); ++i) {
    if (!is_continuation(line[i])) column = next_column(column, line[i]);
  }
  return column;
}

std::size_t byte_at_column(std::string_view line, float wanted) {
  int column = 0;
  for (std::size_t i = 0; i < line.size();) {
    const int next = next_column(column, line[i]);
    if (wanted < static_cast<float>(column + next) / 2) return i;
    column = next;
    for (++i; i < line.size() && is_continuation(line[i]);) ++i;
  }
  return line.size();
}

CodeText::CodeText(std::shared_ptr<const std::string> text, CodeLanguage language)
    : text_(std::move(text)), starts_(line_starts(*text_)) {
  runs_.clear();
  runs_.reserve(starts_.size());
  CodeState state;
  for (int i = 0; i < lines(); ++i) {
    runs_.push_back(lex_line(line(i), language, state));
    widest_ = std::max(widest_, column_of_byte(line(i), line(i).size()));
  }
}

std::string_view CodeText::line(int index) const {
  const auto i = static_cast<std::size_t>(index);
  std::size_t end = i + 1 < starts_.size() ? starts_[i + 1] - 1 : text_->size();
  if (end > starts_[i] && (*text_)[end - 1] == '\r') --end;
  return std::string_view(*text_).substr(starts_[i], end - starts_[i]);
}

int CodeText::line_of_byte(std::uint32_t byte) const {
  return static_cast<int>(std::upper_bound(starts_.begin(), starts_.end(), byte) - starts_.begin()) - 1;
}

std::string_view CodeText::name_at(int index, std::size_t byte) const {
  for (const CodeRun& run : runs(index)) {
    if (byte < run.begin || byte >= run.end) continue;
    if (run.ink != CodeInk::kPlain) return {};
    const std::string_view whole = line(index);
    const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    if (!is_part(whole[byte])) return {};
    std::size_t begin = byte, end = byte;
    while (begin > run.begin && is_part(whole[begin - 1])) --begin;
    while (end < run.end && is_part(whole[end])) ++end;
    const std::string_view name = whole.substr(begin, end - begin);
    return std::isdigit(static_cast<unsigned char>(name.front())) != 0 ? std::string_view() : name;
  }
  return {};
}

CodeRun CodeText::code_part(int index) const {
  CodeRun part;
  for (const CodeRun& run : runs(index)) {
    if (run.ink == CodeInk::kComment) continue;
    if (part.end == 0) part.begin = run.begin;
    part.end = run.end;
  }
  return part;
}

std::vector<int> match_lines(std::string_view before_text, std::string_view now_text) {
  const Lines before = split(before_text), now = split(now_text);
  std::vector<int> out(now.size(), -1);
  std::size_t head = 0;
  const std::size_t shorter = std::min(before.size(), now.size());
  for (; head < shorter && before[head] == now[head]; ++head) out[head] = static_cast<int>(head);
  std::size_t tail = 0;
  while (tail < shorter - head && before[before.size() - 1 - tail] == now[now.size() - 1 - tail]) {
    ++tail;
    out[now.size() - tail] = static_cast<int>(before.size() - tail);
  }
  const std::size_t b1 = before.size() - tail, n1 = now.size() - tail;
  constexpr std::size_t kMostCells = 1'000'000;
  const bool small = (b1 - head) * (n1 - head) <= kMostCells;
  (small ? match_middle : match_unique)(before, head, b1, now, head, n1, out);
  return out;
}

}  // namespace warpscope::scene
