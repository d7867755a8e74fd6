// fuzz/mutate_lines.h: changes to PTX texts that leave most of them PTX: whole lines come, go and change places, and
// words (registers, numbers, opcodes with their modifiers) are replaced by other words of the same text.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace warpscope::fuzz {

struct Span {
  std::size_t begin = 0, end = 0;
};

inline std::vector<Span> lines_of(std::string_view text) {
  std::vector<Span> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    lines.push_back({begin, end});
    begin = end;
  }
  return lines;
}

// Pieces between spaces, commas, brackets and dots: "ld", "global", "f32", "%f1", "64".
inline std::vector<Span> words_of(std::string_view text) {
  const auto in_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_$%@!-").find(c) != std::string_view::npos;
  };
  std::vector<Span> words;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && in_word(text[end])) ++end;
    if (end > i) words.push_back({i, end});
    i = std::max(end, i + 1);
  }
  return words;
}

// The text with one to four changes.
inline std::string mutate_lines(std::string text, unsigned seed) {
  std::minstd_rand random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  const auto piece = [&](Span span) { return text.substr(span.begin, span.end - span.begin); };
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    const std::vector<Span> lines = lines_of(text), words = words_of(text);
    if (lines.empty() || words.empty()) return text;
    const Span line = lines[below(lines.size())], word = words[below(words.size())];
    switch (below(6)) {
      case 0:
        text.erase(line.begin, line.end - line.begin);
        break;
      case 1:
        text.insert(line.begin, piece(lines[below(lines.size())]));
        break;
      case 2:
        text.replace(word.begin, word.end - word.begin, std::to_string(static_cast<int>(below(200)) - 100));
        break;
      default:
        text.replace(word.begin, word.end - word.begin, piece(words[below(words.size())]));
    }
  }
  return text;
}

// For LLVMFuzzerCustomMutator(): the new size.
inline std::size_t mutate_lines_in_place(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  const std::string text = mutate_lines(std::string(reinterpret_cast<const char*>(data), size), seed);
  return text.copy(reinterpret_cast<char*>(data), max_size);
}

}  // namespace warpscope::fuzz
