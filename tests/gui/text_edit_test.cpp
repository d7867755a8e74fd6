#include "app/scene/text_edit.h"

#include <gtest/gtest.h>

#include <random>

namespace warpscope::tests {
namespace {

using scene::TextEdit;
using Move = TextEdit::Move;
constexpr auto kDrop = TextEdit::Selection::kDrop;
constexpr auto kExtend = TextEdit::Selection::kExtend;

TextEdit with(std::string_view text, std::size_t caret = 0) {
  TextEdit edit;
  edit.reset(text);
  edit.place(caret, kDrop);
  return edit;
}

TEST(TextEdit, TypesAtTheCaretAndReplacesWhatIsSelected) {
  TextEdit edit = with("sum", 3);
  edit.type(" = 1");
  EXPECT_EQ(edit.text(), "sum = 1");
  edit.place(0, kDrop);
  edit.place(3, kExtend);
  EXPECT_EQ(edit.selected(), "sum");
  edit.type("x");
  EXPECT_EQ(edit.text(), "x = 1");
  EXPECT_EQ(edit.caret(), 1U);
}

TEST(TextEdit, UndoTakesBackAWordAtATimeAndRedoBringsItBack) {
  TextEdit edit = with("");
  for (const char c : std::string("int i")) edit.type(std::string(1, c));
  EXPECT_TRUE(edit.undo());
  EXPECT_EQ(edit.text(), "int ");
  EXPECT_TRUE(edit.undo());
  EXPECT_TRUE(edit.undo());
  EXPECT_EQ(edit.text(), "");
  EXPECT_FALSE(edit.undo());
  while (edit.redo()) {
  }
  EXPECT_EQ(edit.text(), "int i");
}

TEST(TextEdit, EnterKeepsTheIndentationAndOpensABlock) {
  TextEdit edit = with("  a;", 4);
  edit.new_line();
  EXPECT_EQ(edit.text(), "  a;\n  ");
  edit.type("if {");
  edit.new_line();
  EXPECT_EQ(edit.text(), "  a;\n  if {\n    ");
  edit.backspace();
  EXPECT_EQ(edit.text(), "  a;\n  if {\n  ") << "one stop of the indentation at once";
}

TEST(TextEdit, TabIndentsOneLineOrAllThatAreSelected) {
  TextEdit edit = with("a\n\nb\nc");
  edit.indent();
  EXPECT_EQ(edit.text(), "  a\n\nb\nc");
  edit.select_all();
  edit.indent();
  EXPECT_EQ(edit.text(), "    a\n\n  b\n  c");
  edit.outdent();
  edit.outdent();
  EXPECT_EQ(edit.text(), "a\n\nb\nc");
  EXPECT_TRUE(edit.undo());
  EXPECT_EQ(edit.text(), "  a\n\nb\nc");
}

TEST(TextEdit, MovesByCharactersWordsAndLines) {
  TextEdit edit = with("  one two\nx\nthree", 0);
  edit.move(Move::kLineStart, kDrop);
  EXPECT_EQ(edit.caret(), 2U);
  edit.move(Move::kLineStart, kDrop);
  EXPECT_EQ(edit.caret(), 0U);
  edit.move(Move::kWordRight, kDrop);
  edit.move(Move::kWordRight, kDrop);
  EXPECT_EQ(edit.caret(), 6U);
  edit.move(Move::kDown, kDrop);
  EXPECT_EQ(edit.caret(), 11U) << "the line is shorter";
  edit.move(Move::kDown, kDrop);
  EXPECT_EQ(edit.caret(), 17U) << "and the column is not forgotten: 6, but the line ends at 5";
  edit.move(Move::kUp, kExtend, 2);
  EXPECT_EQ(edit.selected(), "two\nx\nthree");
  edit.move(Move::kLeft, kDrop);
  EXPECT_EQ(edit.caret(), 6U) << "a selection is left on its side";
  edit.move(Move::kTextEnd, kDrop);
  EXPECT_EQ(edit.caret_line(), 2);
}

TEST(TextEdit, NeverStandsWithinACharacter) {
  TextEdit edit = with("a\xC3\xA9\xE2\x82\xAC", 0);  // a, e with an accent, the euro
  edit.move(Move::kRight, kDrop, 2);
  EXPECT_EQ(edit.caret(), 3U);
  edit.backspace();
  EXPECT_EQ(edit.text(), "a\xE2\x82\xAC");
  edit.place(2, kDrop);
  EXPECT_EQ(edit.caret(), 1U);
  edit.remove();
  EXPECT_EQ(edit.text(), "a");
}

TEST(TextEdit, LineBreaksOfOtherSystemsBecomePlain) {
  TextEdit edit = with("a\r\nb\rc");
  EXPECT_EQ(edit.text(), "a\nb\nc");
}

TEST(TextEdit, UndoingEverythingGivesTheFirstTextWhateverWasDone) {
  const std::string first = "int main() {\n  return 0;\n}\n";
  std::mt19937 random(7);
  TextEdit edit = with(first);
  for (int i = 0; i < 600; ++i) {
    switch (random() % 10) {
      case 0:
        edit.new_line();
        break;
      case 1:
        edit.backspace();
        break;
      case 2:
        edit.remove_word_right();
        break;
      case 3:
        edit.indent();
        break;
      case 4:
        edit.outdent();
        break;
      case 5:
        edit.place(random() % (edit.text().size() + 1), kExtend);
        break;
      case 6:
        edit.place(random() % (edit.text().size() + 1), kDrop);
        break;
      default:
        edit.type(i % 3 == 0 ? " " : "x");
    }
    ASSERT_LE(edit.caret(), edit.text().size());
    ASSERT_LE(edit.selection_end(), edit.text().size());
  }
  const std::string last = edit.text();
  while (edit.undo()) {
  }
  EXPECT_EQ(edit.text(), first);
  while (edit.redo()) {
  }
  EXPECT_EQ(edit.text(), last);
}

}  // namespace
}  // namespace warpscope::tests
