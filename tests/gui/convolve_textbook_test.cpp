#include <gtest/gtest.h>

#include "app/panels/convolve_panels.h"
#include "app/panels/convolve_textbook.h"
#include "compute/convolution/chain.h"
#include "tests/gui/bare_gui.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using panels::Matrix;
using panels::TextbookPage;

TEST(Textbook, TheMatrixProductIsTheBooks) {
  const auto sheet = panels::textbook_sheet(TextbookPage::kProduct, "", "");
  ASSERT_TRUE(sheet.has_value());
  // By hand.
  EXPECT_EQ(sheet->result, (Matrix{3, 2, {22, 28, 64, 73, 106, 118}}));
  EXPECT_EQ(panels::sum_text(sheet->sum(0, 0)), "1·9 + 2·2 + 3·3 = 22");
  EXPECT_EQ(panels::sum_text(sheet->sum(2, 1)), "7·8 + 8·1 + 9·6 = 118");
}

// The library's own reference computes the same: a stage with no padding over the matrix as a picture.
Matrix by_reference(const Matrix& matrix, const Matrix& filter) {
  convolution::Picture picture{matrix.columns, matrix.rows, 1, {matrix.values.begin(), matrix.values.end()}};
  convolution::Stage stage;
  stage.padding = 0;
  stage.filters = {{"", filter.rows, {filter.values.begin(), filter.values.end()}, 1, 0}};
  const convolution::Picture out = convolution::reference(picture, {stage}).front();
  return {out.height, out.width, {out.pixels.begin(), out.pixels.end()}};
}

TEST(Textbook, TheFilterOverTheMatrixAgreesWithTheReference) {
  const auto sheet = panels::textbook_sheet(TextbookPage::kFilter, "", "");
  ASSERT_TRUE(sheet.has_value());
  EXPECT_EQ(sheet->result.rows, 3);
  EXPECT_EQ(sheet->result.columns, 3);
  EXPECT_EQ(sheet->result, by_reference(sheet->first, sheet->second));
  EXPECT_EQ(sheet->result.at(0, 0), 1 + 3 + 7 + 11 + 13) << "the five pixels under the ones";
  EXPECT_EQ(panels::sum_text(sheet->sum(0, 0)), "1·1 + 2·0 + 3·1 + 6·0 + 7·1 + 8·0 + 11·1 + 12·0 + 13·1 = 35");
}

TEST(Textbook, AConvolutionIsACrossCorrelationWithTheTurnedFilter) {
  const auto sheet = panels::textbook_sheet(TextbookPage::kTurned, "", "");
  ASSERT_TRUE(sheet.has_value());
  EXPECT_EQ(sheet->result, by_reference(sheet->first, sheet->second));
  EXPECT_EQ(sheet->convolution, by_reference(sheet->first, sheet->turned));
  EXPECT_NE(sheet->result, sheet->convolution) << "the book's filter is not the same when it is turned";
  EXPECT_EQ(sheet->turned.at(0, 0), sheet->second.at(2, 2));
  const auto even = panels::textbook_sheet(TextbookPage::kTurned, "", "1 0 1; 0 1 0; 1 0 1");
  ASSERT_TRUE(even.has_value());
  EXPECT_EQ(even->result, even->convolution);
}

TEST(Textbook, EveryCellsSumIsItsValue) {
  for (const TextbookPage page : {TextbookPage::kProduct, TextbookPage::kFilter, TextbookPage::kTurned}) {
    const auto sheet = panels::textbook_sheet(page, "", "");
    ASSERT_TRUE(sheet.has_value());
    for (int row = 0; row < sheet->result.rows; ++row) {
      for (int column = 0; column < sheet->result.columns; ++column) {
        EXPECT_EQ(sheet->sum(row, column).value, sheet->result.at(row, column));
        if (page == TextbookPage::kTurned) {
          EXPECT_EQ(sheet->turned_sum(row, column).value, sheet->convolution.at(row, column));
        }
      }
    }
  }
}

TEST(Textbook, LargeWholeNumbersStayExact) {
  const auto sheet = panels::textbook_sheet(TextbookPage::kProduct, "999999 999999", "999999; 999999");
  ASSERT_TRUE(sheet.has_value());
  EXPECT_EQ(panels::exact_text(sheet->result.at(0, 0)), "1999996000002");
}

TEST(Textbook, NegativeFactorsStandInBrackets) {
  const auto sheet = panels::textbook_sheet(TextbookPage::kProduct, "1 -2", "-3; 0.5");
  ASSERT_TRUE(sheet.has_value());
  EXPECT_EQ(panels::sum_text(sheet->sum(0, 0)), "1·(-3) + (-2)·0.5 = -4");
}

TEST(Textbook, OwnNumbersAreReadAndWrittenBack) {
  const auto matrix = panels::parse_matrix(" 1, 2.5 -3;4 5 6; ");
  ASSERT_TRUE(matrix.has_value());
  EXPECT_EQ(*matrix, (Matrix{2, 3, {1, 2.5, -3, 4, 5, 6}}));
  EXPECT_EQ(panels::matrix_text(*matrix), "1 2.5 -3; 4 5 6");
}

TEST(Textbook, SaysWhatIsAcceptedInstead) {
  const auto problem = [](std::string_view text) {
    const auto matrix = panels::parse_matrix(text);
    return matrix ? std::string() : matrix.error().message;
  };
  EXPECT_NE(problem("1 2; 3 x").find("\"x\" in row 2 is no number"), std::string::npos);
  EXPECT_NE(problem("1 2; 3").find("Row 2 has 1 number, the row before 2"), std::string::npos);
  EXPECT_NE(problem("1;;2").find("Row 2 is empty"), std::string::npos);
  EXPECT_NE(problem("").find("Row 1 is empty"), std::string::npos);
  EXPECT_NE(problem("1 2 3 4 5 6 7 8 9").find("up to 8 × 8"), std::string::npos);
  EXPECT_NE(problem("1e9").find("up to a million"), std::string::npos);
  EXPECT_EQ(problem("1 2 3 4 5 6 7 8"), "");
}

TEST(Textbook, SizesThatDoNotFitAreExplained) {
  const auto product = panels::textbook_sheet(TextbookPage::kProduct, "1 2 3", "1 2; 3 4");
  ASSERT_FALSE(product.has_value());
  EXPECT_NE(product.error().message.find("B needs 3 rows"), std::string::npos);
  const auto filter = panels::textbook_sheet(TextbookPage::kFilter, "1 2; 3 4", "");
  ASSERT_FALSE(filter.has_value());
  EXPECT_NE(filter.error().message.find("has to lie inside"), std::string::npos);
}

class TextbookScreen : public testing::Test {
 protected:
  static void draw(const Frame& f) { panels::draw_convolve_textbook(f, {352, 92, 1220, 900}); }
  TextbookScreen() {
    gui.ui.workspace = panels::Workspace::kConvolve;
    gui.ui.convolve.page = panels::ConvolvePage::kTextbook;
    gui.frame(draw);
  }
  bool is_there(std::string_view name) const {
    for (const panels::Target& target : gui.ui.targets) {
      if (target.name == name) return true;
    }
    return false;
  }
  BareGui gui{1920, 1080};
};

TEST_F(TextbookScreen, ACellOfTheResultCanBePointedAtAndChosen) {
  gui.move(gui.target("Result 2,1").centre(), draw);
  EXPECT_EQ(gui.ui.convolve.textbook.hovered, 2);
  gui.click("Result 3,2", draw);
  EXPECT_EQ(gui.ui.convolve.textbook.cell, 5);
}

TEST_F(TextbookScreen, NextCellWorksThemOutOneByOneAndAllShowsAll) {
  gui.click("Next cell", draw);
  EXPECT_EQ(gui.ui.convolve.textbook.step, 1);
  for (int i = 0; i < 5; ++i) gui.click("Next cell", draw);
  EXPECT_EQ(gui.ui.convolve.textbook.step, 6);
  EXPECT_EQ(gui.ui.convolve.textbook.cell, 5);
  gui.click("Next cell", draw);
  EXPECT_EQ(gui.ui.convolve.textbook.step, 1) << "from the beginning again";
  gui.click("All", draw);
  EXPECT_EQ(gui.ui.convolve.textbook.step, -1);
}

TEST_F(TextbookScreen, ArrowsGoFromCellToCell) {
  gui.key("Right", draw);
  gui.key("Down", draw);
  EXPECT_EQ(gui.ui.convolve.textbook.cell, 3);
  gui.key("Down", draw);
  gui.key("Down", draw);
  EXPECT_EQ(gui.ui.convolve.textbook.cell, 5) << "there is no row below";
}

TEST_F(TextbookScreen, HasThreePages) {
  EXPECT_FALSE(is_there("Convolution 1,1"));
  gui.click("Convolution or cross-correlation", draw);
  gui.frame(draw);
  EXPECT_TRUE(is_there("Convolution 3,3"));
  EXPECT_TRUE(is_there("Result 3,3"));
  gui.click("Filter over a matrix", draw);
  gui.frame(draw);
  EXPECT_TRUE(is_there("Result 3,3"));
  EXPECT_FALSE(is_there("Convolution 3,3"));
}

TEST_F(TextbookScreen, OwnNumbersMakeAnotherResultAndTheBooksComeBack) {
  gui.ui.pending_sets["Left matrix"] = "1 2; 3 4";
  gui.ui.pending_sets["Right matrix"] = "1; 1";
  gui.frame(draw);
  gui.frame(draw);
  EXPECT_TRUE(is_there("Result 2,1"));
  EXPECT_FALSE(is_there("Result 1,2"));
  gui.click("The book's numbers", draw);
  gui.frame(draw);
  EXPECT_TRUE(is_there("Result 3,2"));
}

TEST_F(TextbookScreen, NumbersThatCannotBeMultipliedDrawNoResult) {
  gui.ui.pending_sets["Left matrix"] = "1 2; 3";
  gui.frame(draw);
  gui.frame(draw);
  EXPECT_FALSE(is_there("Result 1,1"));
}

}  // namespace
}  // namespace warpscope::tests
