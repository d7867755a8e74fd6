// panels/convolve_textbook.h: small matrices and the sums of their products, as a textbook writes them. Floor 7. Pure
// functions; whole numbers stay exact.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/error.h"

namespace warpscope::panels {

inline constexpr int kLargestMatrix = 8;

struct Matrix {
  int rows = 0, columns = 0;
  std::vector<double> values;  // row-major
  double at(int row, int column) const { return values[static_cast<std::size_t>(row * columns + column)]; }
  bool operator==(const Matrix&) const = default;
};

// "1 2 3; 4 5 6". The error says what is accepted.
base::Result<Matrix> parse_matrix(std::string_view text);
std::string matrix_text(const Matrix& matrix);
std::string exact_text(double value);  // "22", "-0.5"

// One cell of a result: what is multiplied with what.
struct WrittenSum {
  struct Factors {
    double first = 0, second = 0;
  };
  std::vector<Factors> terms;
  double value = 0;
};
std::string sum_text(const WrittenSum& sum);  // "1·9 + 2·2 + 3·3 = 22"

enum class TextbookPage : std::uint8_t { kProduct, kFilter, kTurned };

// Everything a page shows.
struct TextbookSheet {
  TextbookPage page = TextbookPage::kProduct;
  Matrix first, second;  // matrices of the product; matrix and filter
  Matrix turned;         // the filter turned by half a turn
  Matrix result;         // product; cross-correlation, only where the filter lies inside the matrix
  Matrix convolution;    // with the turned filter

  WrittenSum sum(int row, int column) const;         // of `result`
  WrittenSum turned_sum(int row, int column) const;  // of `convolution`
};
// The error names the part that is wrong.
base::Result<TextbookSheet> textbook_sheet(TextbookPage page, std::string_view first, std::string_view second);
// What the book has there.
std::string_view book_first(TextbookPage page);
std::string_view book_second(TextbookPage page);

}  // namespace warpscope::panels
