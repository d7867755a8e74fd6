#include "app/scene/text_edit.h"

#include <algorithm>
#include <cctype>

#include "app/scene/code_text.h"

namespace warpscope::scene {
namespace {

constexpr std::string_view kIndent = "  ";
constexpr std::size_t kMostChanges = 1000;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
// Letters and digits make words, blanks are between them, each other sign stands by itself.
int kind_of(char c) {
  if (c == '\n') return 3;
  if (std::isspace(static_cast<unsigned char>(c)) != 0) return 0;
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80 ? 1 : 2;
}

// What comes from outside may have the line breaks of other systems.
std::string with_plain_breaks(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
    } else if (i + 1 >= text.size() || text[i + 1] != '\n') {
      out += '\n';
    }
  }
  return out;
}

}  // namespace

void TextEdit::reset(std::string_view text) {
  text_ = std::make_shared<const std::string>(with_plain_breaks(text));
  caret_ = anchor_ = 0;
  wanted_column_ = -1;
  done_.clear();
  undone_.clear();
}

void TextEdit::replace_all(std::string_view text) {
  change(0, text_->size(), with_plain_breaks(text));
}

std::string_view TextEdit::selected() const {
  return std::string_view(*text_).substr(selection_begin(), selection_end() - selection_begin());
}

int TextEdit::caret_line() const {
  return static_cast<int>(std::count(text_->begin(), text_->begin() + static_cast<std::ptrdiff_t>(caret_), '\n'));
}

// ---- Where places are

std::size_t TextEdit::before(std::size_t byte) const {
  while (byte > 0 && is_continuation((*text_)[--byte])) {
  }
  return byte;
}

std::size_t TextEdit::behind(std::size_t byte) const {
  if (byte < text_->size()) ++byte;
  while (byte < text_->size() && is_continuation((*text_)[byte])) ++byte;
  return byte;
}

std::size_t TextEdit::word_left(std::size_t byte) const {
  while (byte > 0 && kind_of((*text_)[byte - 1]) == 0) --byte;
  if (byte == 0) return 0;
  const int kind = kind_of((*text_)[byte - 1]);
  if (kind == 3) return byte - 1;
  while (byte > 0 && kind_of((*text_)[byte - 1]) == kind) --byte;
  return byte;
}

std::size_t TextEdit::word_right(std::size_t byte) const {
  if (byte >= text_->size()) return byte;
  const int kind = kind_of((*text_)[byte]);
  if (kind == 3) return byte + 1;
  while (byte < text_->size() && kind_of((*text_)[byte]) == kind) ++byte;
  while (byte < text_->size() && kind_of((*text_)[byte]) == 0) ++byte;
  return byte;
}

std::size_t TextEdit::line_begin(std::size_t byte) const {
  const std::size_t found = byte == 0 ? std::string::npos : text_->rfind('\n', byte - 1);
  return found == std::string::npos ? 0 : found + 1;
}

std::size_t TextEdit::line_end(std::size_t byte) const {
  return std::min(text_->find('\n', byte), text_->size());
}

std::size_t TextEdit::line_up(std::size_t byte) {
  const std::size_t begin = line_begin(byte);
  const std::string_view whole(*text_);
  if (wanted_column_ < 0) wanted_column_ = column_of_byte(whole.substr(begin), byte - begin);
  if (begin == 0) return 0;
  const std::size_t above = line_begin(begin - 1);
  return above + byte_at_column(whole.substr(above, begin - 1 - above), static_cast<float>(wanted_column_));
}

std::size_t TextEdit::line_down(std::size_t byte) {
  const std::size_t begin = line_begin(byte);
  const std::size_t end = line_end(byte);
  const std::string_view whole(*text_);
  if (wanted_column_ < 0) wanted_column_ = column_of_byte(whole.substr(begin), byte - begin);
  if (end == whole.size()) return end;
  const std::size_t below = end + 1;
  return below + byte_at_column(whole.substr(below, line_end(below) - below), static_cast<float>(wanted_column_));
}

std::size_t TextEdit::step(std::size_t from, Move move) {
  switch (move) {
    case Move::kLeft:
      return before(from);
    case Move::kRight:
      return behind(from);
    case Move::kWordLeft:
      return word_left(from);
    case Move::kWordRight:
      return word_right(from);
    case Move::kUp:
      return line_up(from);
    case Move::kDown:
      return line_down(from);
    case Move::kLineStart: {
      const std::size_t begin = line_begin(from);
      std::size_t first = begin;
      while (first < text_->size() && is_blank((*text_)[first])) ++first;
      return from == first ? begin : first;
    }
    case Move::kLineEnd:
      return line_end(from);
    case Move::kTextStart:
      return 0;
    case Move::kTextEnd:
      return text_->size();
  }
  return from;
}

void TextEdit::move(Move move, Selection selection, int count) {
  const bool vertical = move == Move::kUp || move == Move::kDown;
  if (!vertical) wanted_column_ = -1;
  const bool to_side = move == Move::kLeft || move == Move::kRight;
  if (selection == Selection::kDrop && has_selection() && to_side) {
    caret_ = anchor_ = move == Move::kLeft ? selection_begin() : selection_end();
    return;
  }
  for (int i = 0; i < count; ++i) caret_ = step(caret_, move);
  if (selection == Selection::kDrop) anchor_ = caret_;
  if (!done_.empty()) done_.back().joins = false;
}

void TextEdit::place(std::size_t byte, Selection selection) {
  byte = std::min(byte, text_->size());
  while (byte > 0 && byte < text_->size() && is_continuation((*text_)[byte])) --byte;
  caret_ = byte;
  wanted_column_ = -1;
  if (selection == Selection::kDrop) anchor_ = caret_;
  if (!done_.empty()) done_.back().joins = false;
}

void TextEdit::select_word(std::size_t byte) {
  place(byte, Selection::kDrop);
  if (caret_ >= text_->size()) return;
  const int kind = kind_of((*text_)[caret_]);
  if (kind == 3) return;
  while (anchor_ > 0 && kind_of((*text_)[anchor_ - 1]) == kind) --anchor_;
  while (caret_ < text_->size() && kind_of((*text_)[caret_]) == kind) ++caret_;
}

void TextEdit::select_all() {
  anchor_ = 0;
  caret_ = text_->size();
  wanted_column_ = -1;
}

// ---- Changes

void TextEdit::splice(std::size_t at, std::size_t length, std::string_view with) {
  std::string text = *text_;
  text.replace(at, length, with);
  text_ = std::make_shared<const std::string>(std::move(text));
}

void TextEdit::change(std::size_t begin, std::size_t end, std::string_view with, Join join) {
  if (begin == end && with.empty()) return;
  wanted_column_ = -1;
  undone_.clear();
  Change* last = done_.empty() ? nullptr : &done_.back();
  if (join == Join::kWithTyping && last != nullptr && last->joins && begin == end &&
      begin == last->at + last->inserted.size()) {
    last->inserted += with;
  } else {
    done_.push_back(
        {begin, text_->substr(begin, end - begin), std::string(with), caret_, anchor_, join == Join::kWithTyping});
    if (done_.size() > kMostChanges) done_.erase(done_.begin());
  }
  splice(begin, end - begin, with);
  caret_ = anchor_ = begin + with.size();
}

void TextEdit::type(std::string_view characters) {
  const std::string plain = with_plain_breaks(characters);
  // A word at a time is undone, not a whole afternoon.
  const bool one = plain.size() == 1 && kind_of(plain[0]) == 1;
  change(selection_begin(), selection_end(), plain, one ? Join::kWithTyping : Join::kAlone);
}

void TextEdit::new_line() {
  const std::size_t begin = line_begin(selection_begin());
  std::size_t first = begin;
  while (first < selection_begin() && is_blank((*text_)[first])) ++first;
  std::string inserted = "\n" + text_->substr(begin, first - begin);
  if (selection_begin() > 0 && (*text_)[selection_begin() - 1] == '{') inserted += kIndent;
  change(selection_begin(), selection_end(), inserted);
}

void TextEdit::backspace() {
  if (has_selection()) return change(selection_begin(), selection_end(), {});
  // In the blanks that a line begins with, one stop of the indentation goes at once.
  const std::size_t begin = line_begin(caret_);
  const std::string_view blanks = std::string_view(*text_).substr(begin, caret_ - begin);
  const bool indented = !blanks.empty() && blanks.find_first_not_of(' ') == blanks.npos;
  const bool two = indented && blanks.size() % kIndent.size() == 0;
  change(two ? caret_ - kIndent.size() : before(caret_), caret_, {});
}

void TextEdit::remove() {
  if (has_selection()) return change(selection_begin(), selection_end(), {});
  change(caret_, behind(caret_), {});
}

void TextEdit::remove_word_left() {
  if (has_selection()) return change(selection_begin(), selection_end(), {});
  change(word_left(caret_), caret_, {});
}

void TextEdit::remove_word_right() {
  if (has_selection()) return change(selection_begin(), selection_end(), {});
  change(caret_, word_right(caret_), {});
}

// All lines that are selected, as one change.
template <class PerLine>
void TextEdit::change_lines(const PerLine& per_line) {
  const std::size_t begin = line_begin(selection_begin());
  std::size_t last = selection_end();
  if (has_selection() && last > begin && (*text_)[last - 1] == '\n') --last;  // of the line below nothing is selected
  const std::size_t end = line_end(last);
  const std::string before = text_->substr(begin, end - begin);
  std::string with;
  for (std::size_t at = 0; at <= before.size();) {
    const std::size_t stop = std::min(before.find('\n', at), before.size());
    with += per_line(std::string_view(before).substr(at, stop - at));
    if (stop < before.size()) with += '\n';
    at = stop + 1;
  }
  if (with == before) return;
  change(begin, end, with);
  anchor_ = begin;
}

void TextEdit::indent() {
  if (selected().find('\n') == std::string_view::npos) return type(kIndent);
  change_lines([](std::string_view line) { return line.empty() ? std::string() : std::string(kIndent) += line; });
}

void TextEdit::outdent() {
  const std::size_t caret = caret_;
  const bool several = has_selection();
  const std::size_t size = text_->size();
  change_lines([](std::string_view line) {
    if (line.starts_with('\t')) return std::string(line.substr(1));
    const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
    return std::string(line.substr(std::min(blanks, kIndent.size())));
  });
  const std::size_t shorter = size - text_->size();
  if (!several && shorter > 0) caret_ = anchor_ = std::max(line_begin(caret_), caret - std::min(caret, shorter));
}

bool TextEdit::undo() {
  if (done_.empty()) return false;
  Change change = std::move(done_.back());
  done_.pop_back();
  splice(change.at, change.inserted.size(), change.removed);
  caret_ = change.caret_before;
  anchor_ = change.anchor_before;
  wanted_column_ = -1;
  undone_.push_back(std::move(change));
  return true;
}

bool TextEdit::redo() {
  if (undone_.empty()) return false;
  Change change = std::move(undone_.back());
  undone_.pop_back();
  splice(change.at, change.removed.size(), change.inserted);
  caret_ = anchor_ = change.at + change.inserted.size();
  wanted_column_ = -1;
  change.joins = false;
  done_.push_back(std::move(change));
  return true;
}

}  // namespace warpscope::scene
