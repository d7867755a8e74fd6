#include "app/scene/code_lexer.h"

#include <gtest/gtest.h>

#include <string>

#include "app/scene/code_text.h"

namespace warpscope::tests {
namespace {

using scene::CodeInk;
using scene::CodeLanguage;
using scene::CodeState;

constexpr char letter_of(CodeInk ink) {
  constexpr std::string_view kLetters = ".ktncbsl";  // in the order of CodeInk
  return kLetters[static_cast<std::size_t>(ink)];
}

// The colours of a line as one letter for each byte, blank where nothing is drawn.
std::string painted(std::string_view line, CodeLanguage language, CodeState& state) {
  std::string out(line.size(), ' ');
  for (const scene::CodeRun& run : scene::lex_line(line, language, state)) {
    for (std::uint32_t i = run.begin; i < run.end; ++i) out[i] = letter_of(run.ink);
  }
  return out;
}
std::string cuda(std::string_view line) {
  CodeState state;
  return painted(line, CodeLanguage::kCuda, state);
}
std::string ptx(std::string_view line) {
  CodeState state;
  return painted(line, CodeLanguage::kPtx, state);
}

TEST(CodeLexer, ColoursKeywordsTypesNumbersAndBuiltins) {
  EXPECT_EQ(cuda("for (int i = 0; i < 16; ++i)"),  //
            "kkk .ttt . . n. . . nn. ....");
  EXPECT_EQ(cuda("__shared__ float tile[4];"),  //
            "bbbbbbbbbb ttttt .....n..");
  EXPECT_EQ(cuda("threadIdx.x"), "bbbbbbbbb..");
  EXPECT_EQ(cuda("__syncthreads();"), "bbbbbbbbbbbbb...");
  EXPECT_EQ(cuda("atomicAdd(p, v)"), "bbbbbbbbb... ..");
  EXPECT_EQ(cuda("float4 a; forty b;"), "tttttt .. ..... ..");
}

TEST(CodeLexer, NumbersTakeTheirExponentsSignsAndSeparators) {
  EXPECT_EQ(cuda("1e-3f+2"), "nnnnn.n");
  EXPECT_EQ(cuda("0x1p+4"), "nnnnnn");
  EXPECT_EQ(cuda("0xE+1"), "nnn.n") << "E is a digit of a hexadecimal number";
  EXPECT_EQ(cuda("1'000u"), "nnnnnn");
  EXPECT_EQ(cuda("a.x1"), "....");
}

TEST(CodeLexer, StringsKeepTheirEscapesAndHideComments) {
  EXPECT_EQ(cuda(R"(s = "a\"//b"; // c)"), R"(. . ssssssss. cccc)");
  EXPECT_EQ(cuda("c = '\\'';"), ". . ssss.");
  EXPECT_EQ(cuda("u8\"x\""), "sssss");
}

TEST(CodeLexer, ABlockCommentGoesOnOverLines) {
  CodeState state;
  EXPECT_EQ(painted("a /* b", CodeLanguage::kCuda, state), ". cccc");
  EXPECT_EQ(painted("int // \" c", CodeLanguage::kCuda, state), "cccccccccc");
  EXPECT_EQ(painted("d */ int", CodeLanguage::kCuda, state), "cccc ttt");
  EXPECT_EQ(state, CodeState{});
}

TEST(CodeLexer, ARawStringEndsOnlyWithItsOwnDelimiter) {
  CodeState state;
  EXPECT_EQ(painted("R\"x(a", CodeLanguage::kCuda, state), "sssss");
  EXPECT_EQ(painted(")\" /* int", CodeLanguage::kCuda, state), "sssssssss");
  EXPECT_EQ(painted("b)x\"; int", CodeLanguage::kCuda, state), "ssss. ttt");
}

TEST(CodeLexer, PreprocessorLinesBeginWithTheirWord) {
  EXPECT_EQ(cuda("#define TILE 16"), "kkkkkkk .... nn");
  EXPECT_EQ(cuda("  #include <cuda.h> // x"), "  kkkkkkkk ssssssss cccc");
  CodeState state;
  painted("#define A \\", CodeLanguage::kCuda, state);
  EXPECT_EQ(state.open, CodeState::Open::kDirective);
  EXPECT_EQ(painted("int", CodeLanguage::kCuda, state), "ttt");
  EXPECT_EQ(state, CodeState{});
}

TEST(CodeLexer, PtxHasInstructionsTypesLabelsAndSpecialRegisters) {
  EXPECT_EQ(ptx("mad.lo.s32 %r1, 4;"),  //
            "kkkkkktttt .... n.");
  EXPECT_EQ(ptx("st.shared.f32 [%rd5], %f18;").substr(0, 13), "kkkkkkkkktttt");
  EXPECT_EQ(ptx("%laneid"), "bbbbbbb");
  EXPECT_EQ(ptx("%r12"), "....");
  EXPECT_EQ(ptx("$L__BB0_5:").substr(0, 9), "lllllllll");
  EXPECT_EQ(ptx(".reg .f32 %f<3>;").substr(0, 9), "kkkk tttt");
  EXPECT_EQ(ptx("ret; // done"), "kkk. ccccccc");
}

TEST(CodeLexer, NoLineMakesItReadBeyondItsEnd) {
  for (const std::string_view line :
       {"", "\"", "'", "/", "/*", "#", "R\"(", "R\"", "1e", ".", "%", "$", "\\", "\"\\", "0x"}) {
    for (const CodeLanguage language : {CodeLanguage::kCuda, CodeLanguage::kPtx}) {
      CodeState state;
      std::uint32_t last = 0;
      for (const scene::CodeRun& run : scene::lex_line(line, language, state)) {
        EXPECT_LE(last, run.begin);
        EXPECT_LT(run.begin, run.end);
        EXPECT_LE(run.end, line.size()) << line;
        last = run.end;
      }
    }
  }
}

// ---- Lines

TEST(CodeText, SplitsLinesAndForgetsCarriageReturns) {
  const auto text = std::make_shared<const std::string>("a\r\n\tb\n");
  const scene::CodeText code(text, CodeLanguage::kCuda);
  ASSERT_EQ(code.lines(), 3);
  EXPECT_EQ(code.line(0), "a");
  EXPECT_EQ(code.line(1), "\tb");
  EXPECT_EQ(code.line(2), "");
  EXPECT_EQ(code.widest(), 5);
  EXPECT_EQ(code.line_of_byte(0), 0);
  EXPECT_EQ(code.line_of_byte(3), 1);
  EXPECT_EQ(code.line_of_byte(6), 2);
}

TEST(CodeText, ColumnsCountCharactersAndTabs) {
  const std::string_view line = "a\t\xC3\xA9x";  // a, tab, e with an accent, x
  EXPECT_EQ(scene::column_of_byte(line, 1), 1);
  EXPECT_EQ(scene::column_of_byte(line, 2), 4);
  EXPECT_EQ(scene::column_of_byte(line, 4), 5);
  EXPECT_EQ(scene::byte_at_column(line, 5.2F), 4U);
  EXPECT_EQ(scene::byte_at_column(line, 4.6F), 4U);
  EXPECT_EQ(scene::byte_at_column(line, 99), line.size());
  EXPECT_EQ(scene::byte_at_column(line, -3), 0U);
}

TEST(CodeText, FindsTheNameAroundAByteButNotInComments) {
  const auto text = std::make_shared<const std::string>("sum += tile[3]; // sum");
  const scene::CodeText code(text, CodeLanguage::kCuda);
  EXPECT_EQ(code.name_at(0, 1), "sum");
  EXPECT_EQ(code.name_at(0, 8), "tile");
  EXPECT_EQ(code.name_at(0, 12), "");
  EXPECT_EQ(code.name_at(0, 20), "");
  EXPECT_EQ(code.code_part(0).begin, 0U);
  EXPECT_EQ(code.code_part(0).end, 15U);
}

TEST(CodeText, MatchesLinesThatAreStillThere) {
  EXPECT_EQ(scene::match_lines("a\nb\nc", "a\nb\nc"), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(scene::match_lines("a\nb\nc", "a\nx\ny\nb\nc"), (std::vector<int>{0, -1, -1, 1, 2}));
  EXPECT_EQ(scene::match_lines("a\nb\nc\nd", "a\nd"), (std::vector<int>{0, 3}));
  EXPECT_EQ(scene::match_lines("a\nb\nc\nd\ne", "a\nc\nx\nd\nb\ne"), (std::vector<int>{0, 2, -1, 3, -1, 4}));
  EXPECT_EQ(scene::match_lines("", "a"), (std::vector<int>{-1}));
}

}  // namespace
}  // namespace warpscope::tests
