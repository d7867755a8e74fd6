// What compilers say, read as data. The texts are those of NVRTC 13.0, nvcc 13.0 and GCC 12.
#include "compute/cuda/diagnostics.h"

#include <gmock/gmock.h>

namespace warpscope::cuda {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Severity = Diagnostic::Severity;

TEST(Diagnostics, OfNvrtc) {
  const auto all = parse_diagnostics(
      "a.cu(5): error: identifier \"zz\" is undefined\n"
      "      \t*a = zz + 1;\n"
      "      \t     ^\n\n"
      "a.cu(4): warning #177-D: variable \"unused\" was declared but never referenced\n"
      "  \t  int unused;\n"
      "  \t      ^\n\n"
      "Remark: The warnings can be suppressed with \"-diag-suppress <warning-number>\"\n\n"
      "a.cu(1): catastrophic error: cannot open source file \"stdio.h\"\n"
      "  #include <stdio.h>\n"
      "                    ^\n\n"
      "1 catastrophic error detected in the compilation of \"a.cu\".\n");
  EXPECT_THAT(all, ElementsAre(Diagnostic{Severity::kError, "a.cu", 5, 11, "identifier \"zz\" is undefined"},
                               Diagnostic{Severity::kWarning, "a.cu", 4, 8,
                                          "variable \"unused\" was declared but never referenced"},
                               Diagnostic{Severity::kError, "a.cu", 1, 19, "cannot open source file \"stdio.h\""}));
}

TEST(Diagnostics, KeepWhatIsSaidBelow) {
  const auto all = parse_diagnostics(
      "a.cu(1): error: no instance of function \"f\" matches the argument list\n"
      "            argument types are: (int)\n"
      "    f(3);\n"
      "    ^\n"
      "          detected during instantiation of \"void k(T *) [with T=float]\" at line 7\n\n");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].column, 3);
  EXPECT_EQ(all[0].message,
            "no instance of function \"f\" matches the argument list argument types are: (int) detected during "
            "instantiation of \"void k(T *) [with T=float]\" at line 7");
}

TEST(Diagnostics, OfNvccHaveTheColumnsOfTheOwnText) {
  const std::string log =
      "va.cu(2): error: identifier \"yy\" is undefined\n"
      "  __attribute__((global)) void k(float*a){*a=yy(*a);\n"
      "                                             ^\n\n";
  EXPECT_EQ(parse_diagnostics(log).at(0).column, 44);
  const std::string source = "\n__global__ void k(float*a){*a=yy(*a);\n";
  EXPECT_EQ(parse_diagnostics(log, "va.cu", source).at(0).column, 31);
  EXPECT_EQ(source.substr(1 + 30, 2), "yy");
}

TEST(Diagnostics, OfTheHostCompilerAndTheTools) {
  EXPECT_THAT(parse_diagnostics("vb.cu:1:10: fatal error: nope.h: No such file or directory\n"
                                "    1 | #include \"nope.h\"\n      |          ^~~~~~~~\ncompilation terminated.\n"
                                "x/y:z.cu:3: warning: \"N\" redefined\n"
                                "nvcc fatal   : Unsupported gpu architecture 'compute_5'\n"),
              ElementsAre(Diagnostic{Severity::kError, "vb.cu", 1, 10, "nope.h: No such file or directory"},
                          Diagnostic{Severity::kWarning, "x/y:z.cu", 3, 0, "\"N\" redefined"},
                          Diagnostic{Severity::kError, "", 0, 0, "Unsupported gpu architecture 'compute_5'"}));
}

TEST(Diagnostics, OtherTextIsNone) {
  EXPECT_THAT(parse_diagnostics(""), IsEmpty());
  EXPECT_THAT(parse_diagnostics("all is well\nerror\nf(x): y\n: error: \n(1): error: no name"), IsEmpty());
  EXPECT_FALSE(has_errors(parse_diagnostics("a.cu(1): warning #1-D: last line ends without a newline\n")));
  EXPECT_TRUE(has_errors(parse_diagnostics("a.cu(1): error: expected a \";\"\n")));
}

}  // namespace
}  // namespace warpscope::cuda
