// Reads and writes the strokes file. Parsing is nlohmann-json's; its events drive a small state machine that knows
// where in the text it is, so that a wrong value is reported at its own line and column.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "compute/drawings/drawing.h"

namespace warpscope::drawings {
namespace {

using Json = nlohmann::json;

// Walks over the text and remembers how far the parser has read.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** read_up_to) : at_(at), read_up_to_(read_up_to) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *read_up_to_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** read_up_to_;
};

base::SourceSpan span_at(std::string_view text, std::size_t offset, const std::string& file) {
  base::SourceSpan span{file, 1, 1};
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++span.line;
      span.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {  // a character of UTF-8 counts once
      ++span.column;
    }
  }
  return span;
}

constexpr std::string_view kExample = R"({"label": 7, "canvas": [280, 280], "strokes": [[[x, y, t_ms], ...], ...]})";

// Where the parser is. The places ending in Value wait for the value of that key.
enum class Place {
  kFile,
  kRoot,
  kLabelValue,
  kCanvasValue,
  kCanvas,
  kStrokesValue,
  kStrokes,
  kStroke,
  kPoint,
  kIgnoredValue
};

// What a place takes, for the error when something else stands there.
std::string_view expected_at(Place place) {
  switch (place) {
    case Place::kLabelValue:
      return "the label must be a whole number from 0 to 9, or null";
    case Place::kCanvasValue:
    case Place::kCanvas:
      return "the canvas must be two numbers, [width, height]";
    case Place::kStrokesValue:
      return "strokes must be a list of strokes, each a list of points";
    case Place::kStrokes:
      return "a stroke must be a list of points, [[x, y, t_ms], ...]";
    case Place::kStroke:
      return "a point must be a list of numbers, [x, y] or [x, y, t_ms]";
    case Place::kPoint:
      return "a point holds numbers only, [x, y] or [x, y, t_ms]";
    default:
      return "a strokes file holds one object";
  }
}

struct Key {
  std::string_view name;
  Place value;
  bool required;
};
constexpr std::array<Key, 3> kKeys = {{{"label", Place::kLabelValue, false},
                                       {"canvas", Place::kCanvasValue, true},
                                       {"strokes", Place::kStrokesValue, true}}};

class StrokesReader : public Json::json_sax_t {
 public:
  StrokesReader(std::string_view text, const char** read_up_to) : text_(text), read_up_to_(read_up_to) {}

  Drawing drawing;
  std::string problem;  // empty while all is well
  std::size_t problem_offset = 0;

  bool null() override {
    if (place_ == Place::kLabelValue) return value_done();
    return word("null");
  }
  bool boolean(bool value) override { return word(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override { return number(static_cast<double>(value)); }
  bool number_unsigned(std::uint64_t value) override { return number(static_cast<double>(value)); }
  bool number_float(double value, const std::string&) override { return number(value); }
  bool string(std::string&) override { return ignored() || wrong("a text in quotes", string_start()); }
  bool binary(Json::binary_t&) override { return wrong("binary data", last_read()); }

  bool start_object(std::size_t) override {
    if (place_ == Place::kIgnoredValue) return ++ignored_depth_, true;
    if (place_ != Place::kFile) return wrong("an object", last_read());
    root_offset_ = last_read();
    place_ = Place::kRoot;
    return true;
  }

  bool key(std::string& name) override {
    if (place_ == Place::kIgnoredValue) return true;
    place_ = Place::kIgnoredValue;
    for (std::size_t k = 0; k < kKeys.size(); ++k) {
      if (kKeys[k].name != name) continue;
      if (seen_[k]) return fail_at(fmt::format("\"{}\" stands here a second time", name), string_start());
      seen_[k] = true;
      place_ = kKeys[k].value;
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::kIgnoredValue) return close_ignored();
    for (std::size_t k = 0; k < kKeys.size(); ++k) {
      if (!kKeys[k].required || seen_[k]) continue;
      return fail_at(fmt::format("\"{}\" is missing; a strokes file looks like {}", kKeys[k].name, kExample),
                     root_offset_);
    }
    return true;
  }

  bool start_array(std::size_t) override {
    switch (place_) {
      case Place::kIgnoredValue:
        ++ignored_depth_;
        return true;
      case Place::kCanvasValue:
        numbers_ = 0;
        return enter(Place::kCanvas);
      case Place::kStrokesValue:
        return enter(Place::kStrokes);
      case Place::kStrokes:
        if (drawing.strokes.size() >= kMaxStrokes) {
          return fail_at(fmt::format("this file has more than the {} strokes a drawing may have", kMaxStrokes),
                         last_read());
        }
        drawing.strokes.emplace_back();
        return enter(Place::kStroke);
      case Place::kStroke:
        if (++points_ > kMaxPoints) {
          return fail_at(fmt::format("this file has more than the {} points a drawing may have", kMaxPoints),
                         last_read());
        }
        numbers_ = 0;
        point_offset_ = last_read();
        return enter(Place::kPoint);
      default:
        return wrong("a list", last_read());
    }
  }

  bool end_array() override {
    switch (place_) {
      case Place::kIgnoredValue:
        return close_ignored();
      case Place::kCanvas:
        if (numbers_ != 2) return fail_at(fmt::format("{}; here is {}", expected_at(place_), numbers_), last_read());
        drawing.canvas_width = static_cast<float>(values_[0]);
        drawing.canvas_height = static_cast<float>(values_[1]);
        return value_done();
      case Place::kPoint:
        if (numbers_ < 2) {
          return fail_at(
              fmt::format("a point needs two or three numbers, [x, y] or [x, y, t_ms]; here is {}", numbers_),
              point_offset_);
        }
        drawing.strokes.back().push_back({static_cast<float>(values_[0]), static_cast<float>(values_[1]),
                                          numbers_ == 3 ? static_cast<float>(values_[2]) : 0.0F});
        return enter(Place::kStroke);
      case Place::kStroke:
        return enter(Place::kStrokes);
      default:
        return value_done();
    }
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    const std::string what = error.what();
    if (dynamic_cast<const Json::parse_error*>(&error) == nullptr) {
      return fail_at("this number is too large for any coordinate", number_start());
    }
    const std::size_t reason = what.find("syntax error");
    return fail_at(fmt::format("this is not JSON ({}); a strokes file looks like {}",
                               reason == std::string::npos ? what : what.substr(reason), kExample),
                   std::min(position > 0 ? position - 1 : 0, text_.size()));
  }

 private:
  bool enter(Place place) {
    place_ = place;
    return true;
  }
  bool value_done() { return enter(Place::kRoot); }

  bool fail_at(std::string text, std::size_t offset) {
    problem = std::move(text);
    problem_offset = offset;
    return false;
  }
  bool wrong(std::string_view found, std::size_t offset) {
    return fail_at(fmt::format("{}, not {}; a strokes file looks like {}", expected_at(place_), found, kExample),
                   offset);
  }

  // True where the value belongs to a key of somebody else's, which is passed over.
  bool ignored() {
    if (place_ != Place::kIgnoredValue) return false;
    if (ignored_depth_ == 0) value_done();
    return true;
  }
  bool close_ignored() {
    if (--ignored_depth_ == 0) value_done();
    return true;
  }

  bool word(std::string_view text) { return ignored() || wrong(text, read() - text.size()); }

  bool number(double value) {
    switch (place_) {
      case Place::kLabelValue:
        if (value < 0 || value > 9 || value != std::floor(value)) return wrong(number_text(), number_start());
        drawing.label = static_cast<int>(value);
        return value_done();
      case Place::kCanvas:
        if (numbers_ == 2) return fail_at(std::string(expected_at(place_)) + "; here is a third", number_start());
        if (!(value > 0 && value <= kMaxCoordinate) || static_cast<float>(value) == 0) {
          return fail_at(fmt::format("the canvas must be above 0 and at most {} on each side, not {}", kMaxCoordinate,
                                     number_text()),
                         number_start());
        }
        values_[static_cast<std::size_t>(numbers_++)] = value;
        return true;
      case Place::kPoint:
        return point_number(value);
      default:
        return ignored() || wrong("the number " + number_text(), number_start());
    }
  }

  bool point_number(double value) {
    constexpr std::array<double, 3> kLimits = {kMaxCoordinate, kMaxCoordinate, kMaxTimeMs};
    if (numbers_ == 3)
      return fail_at("a point has at most three numbers, [x, y, t_ms]; here is a fourth", number_start());
    const double limit = kLimits[static_cast<std::size_t>(numbers_)];
    if (std::abs(value) > limit) {
      return fail_at(fmt::format("{} must be within +-{}, not {}", numbers_ == 2 ? "a time" : "a coordinate", limit,
                                 number_text()),
                     number_start());
    }
    values_[static_cast<std::size_t>(numbers_++)] = value;
    return true;
  }

  // Where tokens start. The parser has read up to their end; for a number also the one character after it.
  std::size_t read() const { return static_cast<std::size_t>(*read_up_to_ - text_.data()); }
  std::size_t last_read() const { return read() > 0 ? read() - 1 : 0; }
  std::size_t string_start() const {
    std::size_t quote = last_read();
    const auto escaped = [&](std::size_t at) {
      std::size_t slashes = 0;
      while (slashes < at && text_[at - slashes - 1] == '\\') ++slashes;
      return slashes % 2 == 1;
    };
    do {
      if (quote == 0) return 0;
      --quote;
    } while (text_[quote] != '"' || escaped(quote));
    return quote;
  }
  static bool is_of_number(char c) {
    return (c >= '0' && c <= '9') || std::string_view("+-.eE").find(c) != std::string_view::npos;
  }
  std::size_t number_start() const {
    std::size_t at = read();
    while (at > 0 && !is_of_number(text_[at - 1])) --at;
    while (at > 0 && is_of_number(text_[at - 1])) --at;
    return at;
  }
  std::string number_text() const {
    const std::size_t start = number_start();
    std::size_t end = start;
    while (end < text_.size() && is_of_number(text_[end])) ++end;
    return std::string(text_.substr(start, std::min<std::size_t>(end - start, 40)));
  }

  std::string_view text_;
  const char** read_up_to_;
  Place place_ = Place::kFile;
  std::array<bool, kKeys.size()> seen_{};
  std::array<double, 3> values_{};  // numbers of the point or canvas being read
  int numbers_ = 0;                 // how many of them there are
  int points_ = 0;
  int ignored_depth_ = 0;
  std::size_t root_offset_ = 0;
  std::size_t point_offset_ = 0;
};

}  // namespace

base::Result<Drawing> parse_strokes_json(std::string_view text, const std::string& file_name) {
  const char* read_up_to = text.data();
  StrokesReader reader(text, &read_up_to);
  const CountingIterator begin(text.data(), &read_up_to);
  const CountingIterator end(text.data() + text.size(), &read_up_to);
  if (!Json::sax_parse(begin, end, &reader)) {
    return base::fail(reader.problem, span_at(text, reader.problem_offset, file_name));
  }
  return std::move(reader.drawing);
}

std::string strokes_json(const Drawing& drawing) {
  fmt::memory_buffer out;
  const auto into = std::back_inserter(out);
  fmt::format_to(into, R"({{"label": {}, "canvas": [{}, {}], "strokes": [)",
                 drawing.label ? std::to_string(*drawing.label) : "null", drawing.canvas_width, drawing.canvas_height);
  const char* stroke_separator = "";
  for (const Stroke& stroke : drawing.strokes) {
    fmt::format_to(into, "{}[", stroke_separator);
    stroke_separator = ",\n  ";
    const char* point_separator = "";
    for (const StrokePoint& point : stroke) {
      fmt::format_to(into, "{}[{}, {}, {}]", point_separator, point.x, point.y, point.t_ms);
      point_separator = ", ";
    }
    fmt::format_to(into, "]");
  }
  fmt::format_to(into, "]}}");
  return fmt::to_string(out);
}

}  // namespace warpscope::drawings
