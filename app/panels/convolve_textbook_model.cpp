#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "app/panels/convolve_textbook.h"

namespace warpscope::panels {
namespace {

constexpr double kMostValue = 1e6;  // sums of 64 products of such numbers are exact
constexpr std::string_view kAccepted = "write rows of numbers, as \"1 2 3; 4 5 6\", up to 8 × 8";

struct Book {
  TextbookPage page;
  std::string_view first, second, first_name, second_name;
};
constexpr std::string_view kTwentyFive = "1 2 3 4 5; 6 7 8 9 10; 11 12 13 14 15; 16 17 18 19 20; 21 22 23 24 25";
constexpr std::array kBook{
    Book{TextbookPage::kProduct, "1 2 3; 4 5 6; 7 8 9", "9 8; 2 1; 3 6", "A", "B"},
    Book{TextbookPage::kFilter, kTwentyFive, "1 0 1; 0 1 0; 1 0 1", "The matrix", "The filter"},
    Book{TextbookPage::kTurned, kTwentyFive, "1 2 0; 0 1 0; 0 0 -1", "The matrix", "The filter"},
};

const Book& book_of(TextbookPage page) {
  return kBook.at(static_cast<std::size_t>(page));
}

base::Result<std::vector<double>> parse_row(std::string_view row, int number) {
  std::vector<double> values;
  std::size_t at = 0;
  while (true) {
    at = row.find_first_not_of(" ,\t", at);
    if (at == std::string_view::npos) return values;
    const std::size_t end = std::min(row.find_first_of(" ,\t", at), row.size());
    const std::string_view word = row.substr(at, end - at);
    double value = 0;
    const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
    if (result.ec != std::errc() || result.ptr != word.data() + word.size() || !std::isfinite(value)) {
      return base::fail(fmt::format("\"{}\" in row {} is no number: {}", word, number, kAccepted));
    }
    if (std::abs(value) > kMostValue) {
      return base::fail(fmt::format("{} in row {} is too large: up to a million is accepted", word, number));
    }
    values.push_back(value);
    at = end;
  }
}

Matrix turned_by_half(const Matrix& matrix) {
  Matrix result = matrix;
  std::ranges::reverse(result.values);
  return result;
}

double value_of(const WrittenSum& sum) {
  double value = 0;
  for (const WrittenSum::Factors& term : sum.terms) value += term.first * term.second;
  return value;
}

WrittenSum product_sum(const Matrix& a, const Matrix& b, int row, int column) {
  WrittenSum sum;
  for (int i = 0; i < a.columns; ++i) sum.terms.push_back({a.at(row, i), b.at(i, column)});
  sum.value = value_of(sum);
  return sum;
}

WrittenSum window_sum(const Matrix& matrix, const Matrix& filter, int row, int column) {
  WrittenSum sum;
  for (int y = 0; y < filter.rows; ++y) {
    for (int x = 0; x < filter.columns; ++x) sum.terms.push_back({matrix.at(row + y, column + x), filter.at(y, x)});
  }
  sum.value = value_of(sum);
  return sum;
}

template <class Sum>
Matrix filled(int rows, int columns, const Sum& sum) {
  Matrix result{rows, columns, {}};
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) result.values.push_back(sum(row, column).value);
  }
  return result;
}

std::string factor_text(double value) {
  return value < 0 ? fmt::format("({})", exact_text(value)) : exact_text(value);
}

std::string size_of(const Matrix& matrix) {
  return fmt::format("{} × {}", matrix.rows, matrix.columns);
}

base::Result<void> check_sizes(const TextbookSheet& sheet) {
  if (sheet.page == TextbookPage::kProduct) {
    if (sheet.first.columns == sheet.second.rows) return {};
    return base::fail(fmt::format(
        "A is {}, B is {}: a product takes each row of A with each column of B, so B needs {} row{}.",
        size_of(sheet.first), size_of(sheet.second), sheet.first.columns, sheet.first.columns == 1 ? "" : "s"));
  }
  if (sheet.second.rows <= sheet.first.rows && sheet.second.columns <= sheet.first.columns) return {};
  return base::fail(fmt::format("The filter is {}, the matrix only {}: the filter has to lie inside the matrix.",
                                size_of(sheet.second), size_of(sheet.first)));
}

}  // namespace

std::string exact_text(double value) {
  if (value == 0) return "0";
  if (value == std::round(value)) return fmt::format("{:.0f}", value);
  return fmt::format("{:.6g}", value);
}

base::Result<Matrix> parse_matrix(std::string_view text) {
  Matrix matrix;
  int number = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(';', begin), text.size());
    const std::string_view words = text.substr(begin, end - begin);
    begin = end + 1;
    // A ";" at the end begins no row.
    if (begin > text.size() && number > 0 && words.find_first_not_of(" \t") == std::string_view::npos) break;
    const auto row = parse_row(words, ++number);
    if (!row) return tl::unexpected(row.error());
    const auto columns = static_cast<int>(row->size());
    if (columns == 0) return base::fail(fmt::format("Row {} is empty: {}", number, kAccepted));
    if (number > 1 && columns != matrix.columns) {
      return base::fail(fmt::format("Row {} has {} number{}, the row before {}: all rows need as many.", number,
                                    columns, columns == 1 ? "" : "s", matrix.columns));
    }
    matrix.columns = columns;
    matrix.values.insert(matrix.values.end(), row->begin(), row->end());
  }
  matrix.rows = number;
  if (matrix.rows > kLargestMatrix || matrix.columns > kLargestMatrix) {
    return base::fail(
        fmt::format("{} is too large: up to {} × {} is accepted", size_of(matrix), kLargestMatrix, kLargestMatrix));
  }
  return matrix;
}

std::string matrix_text(const Matrix& matrix) {
  std::string text;
  for (int row = 0; row < matrix.rows; ++row) {
    for (int column = 0; column < matrix.columns; ++column) {
      text += (column > 0 ? " " : row > 0 ? "; " : "") + exact_text(matrix.at(row, column));
    }
  }
  return text;
}

std::string sum_text(const WrittenSum& sum) {
  std::string text;
  for (const WrittenSum::Factors& term : sum.terms) {
    text += fmt::format("{}{}·{}", text.empty() ? "" : " + ", factor_text(term.first), factor_text(term.second));
  }
  return fmt::format("{} = {}", text, exact_text(sum.value));
}

WrittenSum TextbookSheet::sum(int row, int column) const {
  return page == TextbookPage::kProduct ? product_sum(first, second, row, column)
                                        : window_sum(first, second, row, column);
}

WrittenSum TextbookSheet::turned_sum(int row, int column) const {
  return window_sum(first, turned, row, column);
}

std::string_view book_first(TextbookPage page) {
  return book_of(page).first;
}

std::string_view book_second(TextbookPage page) {
  return book_of(page).second;
}

base::Result<TextbookSheet> textbook_sheet(TextbookPage page, std::string_view first, std::string_view second) {
  const Book& book = book_of(page);
  TextbookSheet sheet{.page = page, .first = {}, .second = {}, .turned = {}, .result = {}, .convolution = {}};
  auto one = parse_matrix(first.empty() ? book.first : first);
  if (!one) return base::fail(fmt::format("{}: {}", book.first_name, one.error().message));
  auto other = parse_matrix(second.empty() ? book.second : second);
  if (!other) return base::fail(fmt::format("{}: {}", book.second_name, other.error().message));
  sheet.first = std::move(*one);
  sheet.second = std::move(*other);
  if (auto fine = check_sizes(sheet); !fine) return tl::unexpected(fine.error());
  const auto sum = [&sheet](int row, int column) { return sheet.sum(row, column); };
  if (page == TextbookPage::kProduct) {
    sheet.result = filled(sheet.first.rows, sheet.second.columns, sum);
    return sheet;
  }
  sheet.turned = turned_by_half(sheet.second);
  const int rows = sheet.first.rows - sheet.second.rows + 1, columns = sheet.first.columns - sheet.second.columns + 1;
  sheet.result = filled(rows, columns, sum);
  sheet.convolution = filled(rows, columns, [&sheet](int row, int column) { return sheet.turned_sum(row, column); });
  return sheet;
}

}  // namespace warpscope::panels
