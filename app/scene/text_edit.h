// scene/text_edit.h: what an editor does to a text: caret, selection, typing, undo. Floor 6. Pure: no keyboard, no
// picture. The text is UTF-8 with \n between lines; places in it are bytes, and always stand before a whole character.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace warpscope::scene {

class TextEdit {
 public:
  enum class Move : std::uint8_t {
    kLeft,
    kRight,
    kWordLeft,
    kWordRight,
    kUp,
    kDown,
    kLineStart,  // to the first character that is not blank; again: to the very start
    kLineEnd,
    kTextStart,
    kTextEnd,
  };
  enum class Selection : std::uint8_t { kDrop, kExtend };

  // Another text altogether: caret at its start, nothing to undo.
  void reset(std::string_view text);
  // Replaces the whole text as one change that can be undone.
  void replace_all(std::string_view text);

  // Never null; another object after each change, so that who shows it sees by the pointer that it changed.
  const std::shared_ptr<const std::string>& shared() const { return text_; }
  const std::string& text() const { return *text_; }

  std::size_t caret() const { return caret_; }
  std::size_t selection_begin() const { return caret_ < anchor_ ? caret_ : anchor_; }
  std::size_t selection_end() const { return caret_ < anchor_ ? anchor_ : caret_; }
  bool has_selection() const { return caret_ != anchor_; }
  std::string_view selected() const;
  int caret_line() const;  // from 0

  void move(Move move, Selection selection, int count = 1);
  void place(std::size_t byte, Selection selection);
  void select_word(std::size_t byte);
  void select_all();

  // Each replaces what is selected.
  void type(std::string_view characters);
  void new_line();  // with the blanks that the line begins with, and more behind a {
  void backspace();
  void remove();  // the character behind the caret
  void remove_word_left();
  void remove_word_right();
  // Two spaces; where several lines are selected: before each of them (or away from it).
  void indent();
  void outdent();

  bool undo();
  bool redo();

 private:
  struct Change {
    std::size_t at = 0;
    std::string removed, inserted;
    std::size_t caret_before = 0, anchor_before = 0;
    bool joins = false;  // typing goes on in it
  };
  enum class Join : std::uint8_t { kAlone, kWithTyping };
  void change(std::size_t begin, std::size_t end, std::string_view with, Join join = Join::kAlone);
  void splice(std::size_t at, std::size_t length, std::string_view with);
  std::size_t step(std::size_t from, Move move);
  std::size_t before(std::size_t byte) const;
  std::size_t behind(std::size_t byte) const;
  std::size_t word_left(std::size_t byte) const;
  std::size_t word_right(std::size_t byte) const;
  std::size_t line_begin(std::size_t byte) const;
  std::size_t line_end(std::size_t byte) const;
  std::size_t line_up(std::size_t byte);
  std::size_t line_down(std::size_t byte);
  template <class PerLine>
  void change_lines(const PerLine& per_line);

  std::shared_ptr<const std::string> text_ = std::make_shared<const std::string>();
  std::size_t caret_ = 0, anchor_ = 0;
  int wanted_column_ = -1;  // where up and down want to be; -1: where the caret is
  std::vector<Change> done_, undone_;
};

}  // namespace warpscope::scene
