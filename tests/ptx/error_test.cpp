// What is wrong, where, and what is expected instead: one error a mistake, in the order of the text.
#include <gtest/gtest.h>

#include "tests/ptx/ptx_text.h"

namespace warpscope::ptx {
namespace {

std::string first_error(std::string_view text) {
  const auto module = parse(text, "t.ptx");
  return module ? "" : module.error().at(0).text();
}

TEST(Errors, OfATextThatIsNotPtxComeOnce) {
  const auto module = parse("int main() { return 0; }", "t.ptx");
  ASSERT_FALSE(module.has_value());
  ASSERT_EQ(module.error().size(), 1U);
  EXPECT_EQ(module.error()[0].text(), "t.ptx:1:1: expected '.version', with which a PTX module begins, found 'int'");
  EXPECT_EQ(first_error(""),
            "t.ptx:1:1: expected '.version', with which a PTX module begins, found the end of the text");
}

TEST(Errors, OfTheHeaderSayWhatIsMissing) {
  EXPECT_EQ(first_error(".version 8\n.target sm_80"),
            "t.ptx:1:10: expected the version of PTX, such as 8.0, found '8'");
  EXPECT_EQ(first_error(".version 8.0\n.global .u32 x;"),
            "t.ptx:2:1: expected '.target' after '.version', found '.global'");
  EXPECT_EQ(errors_of(".address_size 16"), "t.ptx:4:15: expected 32 or 64 as .address_size, found '16'");
  EXPECT_EQ(errors_of(".version 8.0"), "t.ptx:4:1: '.version' stands once, at the beginning");
  EXPECT_EQ(errors_of(".file 1 a.cu"), "t.ptx:4:9: expected the path of the file in quotes, found 'a'");
  EXPECT_EQ(errors_of(".file 1 \"a.cu\n"), "t.ptx:4:9: '\"a.cu': a string does not end: expected \" on the same line");
  EXPECT_EQ(errors_of("\n/* never"), "t.ptx:5:1: '/* never': a comment that begins with /* does not end: expected */");
}

TEST(Errors, OfDirectivesNameThoseThereAre) {
  EXPECT_EQ(errors_of(".shred .u32 x;"),
            "t.ptx:4:1: there is no directive '.shred' outside functions: expected .entry, .func, .global, .const, "
            ".shared, .file or .section");
  EXPECT_EQ(errors_of(".entry k() .maxntd 3 { ret; }"),
            "t.ptx:4:12: there is no directive '.maxntd' for functions: expected .maxntid, .reqntid, .minnctapersm, "
            ".maxnreg, .noreturn or '{'");
  EXPECT_EQ(errors_of(".entry k() .maxntid x { ret; }"),
            "t.ptx:4:21: expected one to three sizes after .maxntid, found 'x'");
  EXPECT_EQ(errors_in(".global .u32 x;"), "t.ptx:6:1: .global variables are declared outside functions");
  EXPECT_EQ(errors_of(".reg .u32 x;"), "t.ptx:4:1: .reg is declared inside functions");
  EXPECT_EQ(errors_in(".loc 1 x 3"), "t.ptx:6:8: expected the file number, line and column of .loc, found 'x'");
}

TEST(Errors, OfNamesThatNothingDeclares) {
  EXPECT_EQ(errors_in("add.s32 %r1, %r99, 3;"), "t.ptx:6:14: there is no register, variable or function '%r99' here");
  EXPECT_EQ(errors_in("ld.global.u32 %r1, [%q+4];"),
            "t.ptx:6:21: there is no register or variable '%q' here for the address of 'ld.global.u32'");
  EXPECT_EQ(errors_in("@%q ret;"), "t.ptx:6:2: there is no register '%q' here: expected a .pred register as guard");
  EXPECT_EQ(errors_in("@%r1 ret;"), "t.ptx:6:2: a guard is a .pred register; '%r1' is .b32");
  EXPECT_EQ(errors_in("bra nowhere;"), "t.ptx:6:5: there is no label 'nowhere' in this scope of 'k'");
  EXPECT_EQ(errors_in("bra inner; { inner: ret; }"), "t.ptx:6:5: there is no label 'inner' in this scope of 'k'");
  EXPECT_EQ(errors_in("call f, (5);"), "t.ptx:6:6: there is no register, variable or function 'f' here");
  EXPECT_EQ(errors_in("{ .reg .b32 t; } mov.b32 t, 1;"),
            "t.ptx:6:26: there is no register, variable or function 't' here");
  EXPECT_EQ(errors_of(".global .u64 x = y;"), "t.ptx:4:18: there is no variable or function 'y' in the module");
  EXPECT_EQ(errors_of(".func f(); .alias f, g;"), "t.ptx:4:22: there is no function 'g' above");
  EXPECT_EQ(errors_in("mov.u32 %r1, %r01;"), "t.ptx:6:14: there is no register, variable or function '%r01' here");
}

TEST(Errors, OfNamesThatAreTakenAlready) {
  EXPECT_EQ(errors_in(".reg .b32 %r<3>;"), "t.ptx:6:11: '%r<...>' is already declared in this scope");
  EXPECT_EQ(errors_in(".reg .b32 a, a;"), "t.ptx:6:14: 'a' is already declared in this scope");
  EXPECT_EQ(errors_in(".reg .b32 %r3;"), "t.ptx:6:11: '%r3' is already declared in this scope");
  EXPECT_EQ(errors_in(".reg .b32 out;"), "t.ptx:6:11: 'out' is already declared in this scope");
  EXPECT_EQ(errors_in("L: L: ret;"), "t.ptx:6:4: the label 'L' is already in this scope");
  EXPECT_EQ(errors_of(".global .u32 x;\n.global .u32 x;"), "t.ptx:5:14: 'x' is already declared in line 4");
  EXPECT_EQ(errors_of(".func f() { ret; }\n.func f() { ret; }"), "t.ptx:5:7: 'f' already has a body in line 4");
  EXPECT_EQ(errors_of(".func f(.param .b32 a);\n.func f() { ret; }"),
            "t.ptx:5:7: 'f' is declared with other parameters in line 4");
  EXPECT_EQ(errors_of(".func f(.param .b32 a, .param .b32 a) { ret; }"),
            "t.ptx:4:36: 'a' is already a parameter of 'f'");
  EXPECT_EQ(errors_of(".global .u32 x; .func x() { ret; }"), "t.ptx:4:23: 'x' is already a variable");
  EXPECT_EQ(errors_of(".func x() { ret; } .global .u32 x;"), "t.ptx:4:33: 'x' is already a function");
}

TEST(Errors, OfOperandsSayWhatIsExpected) {
  EXPECT_EQ(errors_in("add.s32 %r1, %r2 %r3;"),
            "t.ptx:6:18: expected ',' or ';' after an operand of 'add.s32', found '%r3'");
  EXPECT_EQ(errors_in("%r1;"), "t.ptx:6:1: expected an instruction, found '%r1'");
  EXPECT_EQ(errors_in("add.s32 %r1, , 3;"), "t.ptx:6:14: expected an operand of 'add.s32', found ','");
  EXPECT_EQ(errors_in("ld.global.u32 %r1, [%rd1+%rd2];"), "t.ptx:6:26: expected a constant, found '%rd2'");
  EXPECT_EQ(errors_in("ld.global.u32 %r1, [%rd1;"), "t.ptx:6:25: expected ']' or an offset, as in [%rd1+4], found ';'");
  EXPECT_EQ(errors_in("mov.b64 {%r1 %r2}, %rd1;"), "t.ptx:6:14: expected ',' or '}' in a vector, found '%r2'");
  EXPECT_EQ(errors_in("setp.eq.s32 %p1|3, %r1, %r2;"), "t.ptx:6:17: expected a register or '_' on both sides of '|'");
  EXPECT_EQ(errors_in("and.pred %p1, !out, %p2;"), "t.ptx:6:15: expected a register or a constant after '!'");
  EXPECT_EQ(errors_in("bra 5;"), "t.ptx:6:1: expected one label behind 'bra'");
  EXPECT_EQ(errors_in("call out, (5);"), "t.ptx:6:6: expected a function or a register with the address of one");
  EXPECT_EQ(errors_in("mov.b32 %r1, %r2.q;"),
            "t.ptx:6:17: expected ',' or ';', or a part of the register such as .b0 or .h1, found '.q'");
  EXPECT_EQ(errors_in("mov.b32 %r1, `;"), "t.ptx:6:14: '`': a character that PTX does not use");
}

TEST(Errors, OfVariablesSayWhatTheyCanBe) {
  EXPECT_EQ(errors_of(".global x;"), "t.ptx:4:9: expected a type such as .f32 or .b8, found 'x'");
  EXPECT_EQ(errors_of(".global .pred x;"), "t.ptx:4:15: a variable cannot have the type .pred");
  EXPECT_EQ(errors_of(".global .align 3 .u32 x;"),
            "t.ptx:4:16: an alignment is a power of two of at most 1048576 bytes");
  EXPECT_EQ(errors_of(".global .u32 x[-1];"), "t.ptx:4:16: the size of an array is an integer of 0 or more");
  EXPECT_EQ(errors_of(".global .u32 x[];"), "t.ptx:4:14: 'x' needs a size or an initial value, or .extern in front");
  EXPECT_EQ(errors_of(".global .u32 x[2] = {1, 2, 3};"),
            "t.ptx:4:28: more initial values than 'x' has room for: 2 fit here");
  EXPECT_EQ(errors_of(".global .u32 x[2][2] = {1, {2}};"),
            "t.ptx:4:28: these braces do not match the dimensions of 'x'");
  EXPECT_EQ(errors_of(".global .u32 x = 1.5;"), "t.ptx:4:18: expected an integer for a .u32");
  EXPECT_EQ(errors_of(".shared .u32 x = 1;"),
            "t.ptx:4:16: only variables in .global and .const space can have an initial value");
  EXPECT_EQ(errors_of(".global .u32 g; .global .u8 x = g;"),
            "t.ptx:4:33: an address does not fit a .u8: expected .u32 or .u64, or a mask as in 0xff(x)");
  EXPECT_EQ(errors_of(".global .u32 g; .global .u8 x = 0xfff(g);"),
            "t.ptx:4:39: the mask of an address covers one element: expected 0xff, 0xff00, ... in an array of .u8");
}

TEST(Errors, AreCollectedAndDoNotHideTheNextOnes) {
  EXPECT_EQ(errors_in("add.s32 %r1, %q, 3;\nmov.b64 {%r1 %r2}, %rd1;\n{ add.s32 %r1; bra x }\nsub.s32 %z, 1, 2;"),
            "t.ptx:6:14: there is no register, variable or function '%q' here\n"
            "t.ptx:7:14: expected ',' or '}' in a vector, found '%r2'\n"
            "t.ptx:8:22: expected ',' or ';' after an operand of 'bra', found '}'\n"
            "t.ptx:9:9: there is no register, variable or function '%z' here");
  EXPECT_EQ(errors_of(".global .u32 ;\n.func f( { ret; }\n.entry k() { ret }\n.global .u33 x;\n.section x { .b8 }"),
            "t.ptx:4:14: expected the name of a variable, found ';'\n"
            "t.ptx:5:10: expected a parameter, as in '.param .u64 name', found '{'\n"
            "t.ptx:6:18: expected an operand of 'ret' or ';', found '}'\n"
            "t.ptx:7:9: expected a type such as .f32, or .align, .v2, .v4 or .ptr, found '.u33'\n"
            "t.ptx:8:10: expected the name of a section, such as .debug_info, found 'x'");
}

TEST(Errors, OfABodyThatDoesNotEndSayWhereItBegan) {
  EXPECT_EQ(errors_of(".func f() {\n ret;\n"),
            "t.ptx:6:1: the body of 'f', which begins in line 4, does not end: expected '}'");
}

TEST(Errors, AreAtMostAsManyAsAreAskedFor) {
  std::string body;
  for (int i = 0; i < 100; ++i) body += "mov.b32 %x, 1;\n";
  ParseLimits limits;
  limits.max_errors = 3;
  const auto module = parse(kHeader + kernel(body), "t.ptx", limits);
  ASSERT_FALSE(module.has_value());
  EXPECT_EQ(module.error().size(), 3U);
}

}  // namespace
}  // namespace warpscope::ptx
