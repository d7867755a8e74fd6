#include <gtest/gtest.h>

#include "tests/ptx/ptx_text.h"
#include "tests/ptx/same_module.h"

namespace warpscope::ptx {
namespace {

// The instruction, printed as a line of a listing.
std::string printed(const std::string& text) {
  const Module module = module_of(".func f(.param .b32 a) { ret; }\n.shared .b8 tile[64];\n" +
                                  kernel("$L: .reg .b32 q; { .param .b32 p; " + text + " }"));
  const Function& k = module.functions.at(1);
  return print(module, k, k.instructions.at(0));
}

// "" where the module that is printed and read again is the same.
std::string lost(const std::string& declarations) {
  const Module module = module_of(declarations);
  const std::string text = print(module);
  const auto again = parse(text, "again.ptx");
  return again ? difference(module, *again) : again.error()[0].text() + "\n" + text;
}

TEST(Printer, WritesAnInstructionAsOneLine) {
  EXPECT_EQ(printed("@!%p1 add.s32 %r1,%r2,  -3 ;"), "@!%p1 add.s32 %r1, %r2, -3");
  EXPECT_EQ(printed("ld.shared.v2.f32 {%f1,_},[tile + 8];"), "ld.shared.v2.f32 {%f1, _}, [tile+8]");
  EXPECT_EQ(printed("st.global.f32 [%rd1-4], 0f3F800000;"), "st.global.f32 [%rd1+-4], 0f3f800000");
  EXPECT_EQ(printed("setp.ne.and.b32 %p1|%p2, q, 0, !%p3;"), "setp.ne.and.b32 %p1|%p2, q, 0, !%p3");
  EXPECT_EQ(printed("mov.u32 %r1, %tid.x;"), "mov.u32 %r1, %tid.x");
  EXPECT_EQ(printed("mov.u64 %rd1, tile+4;"), "mov.u64 %rd1, tile+4");
  EXPECT_EQ(printed("@%p1 bra.uni $L;"), "@%p1 bra.uni $L");
  EXPECT_EQ(printed("call.uni f,(p);"), "call.uni f, (p)");
  EXPECT_EQ(printed("tex.2d.v4.f32.f32 {%f1,%f2,%f3,%f4},[%rd1,{%f5,%f6}];"),
            "tex.2d.v4.f32.f32 {%f1, %f2, %f3, %f4}, [%rd1, {%f5, %f6}]");
  EXPECT_EQ(printed("vadd.s32.s32.s32 %r1, %r2.b3, -%r3.h1;"), "vadd.s32.s32.s32 %r1, %r2.b3, -%r3.h1");
  EXPECT_EQ(printed("ret;"), "ret");
}

TEST(Printer, LosesNothingOfVariables) {
  EXPECT_EQ(lost(".global .u32 x; .visible .global .u64 a[2][3] = {{x, generic(x)-8}, {f, 5, -1}}; .func f() { ret; }"),
            "");
  EXPECT_EQ(lost(".global .u32 x; .global .u8 m[6] = {0xff(x), 0xff00(generic(x)+4), 9};"), "");
  EXPECT_EQ(lost(".const .v4 .f32 v[2] = {{1.0, 2.0, 3.0, 4.0}, {-0.5}}; .global .f64 d = 1e300; .global .b128 w[2] = "
                 "{5, -6};"),
            "");
  EXPECT_EQ(lost(".extern .shared .align 16 .b8 dynamic[]; .weak .global .attribute(.managed) .u32 w; .global "
                 ".samplerref s = {a = b, c = 1};"),
            "");
}

TEST(Printer, LosesNothingOfFunctions) {
  EXPECT_EQ(lost(".func g();\n.func f() { call g; ret; }\n.func g() .noreturn { call f; }\n.func h();\n.alias h, "
                 "f;\n.extern .func (.param .b32 r) e(.param .align 8 .b8 s[12]);"),
            "");
  EXPECT_EQ(
      lost(".entry k(.param .u64 .ptr .shared .align 8 p, .param .v2 .f32 v) .maxntid 1,2,3 .reqntid 4 .minnctapersm 5 "
           ".maxnreg 6 "
           ".reqnctapercluster 2 .maxclusterrank 4 .explicitcluster .blocksareclusters { .pragma \"a\\\"b\"; ret; }"),
      "");
  EXPECT_EQ(lost(".func (.reg .b32 r) f(.reg .pred p) { @p mov.b32 r, 1; ret; }"), "");
}

TEST(Printer, LosesNothingOfScopes) {
  EXPECT_EQ(lost(kernel("{ .reg .b32 t, %r<2>; mov.b32 t, %r1; { .reg .v4 .f32 t<2>; mov.f32 t1.z, 1.5; st.v4.f32 "
                        "[%rd1], t0; } } { .reg .b64 t; mov.b64 t, 1; }")),
            "");
  EXPECT_EQ(lost(kernel("{ L: bra L; { bra L; } } { } { { L: } L: bra L; } L: bra L; { bra M; { M: bra M; } M: }")),
            "");
  EXPECT_EQ(
      lost(kernel(
          "{ T: .branchtargets A, B; A: brx.idx %r1, T; B: ret; } A: { P: .callprototype (.param .b32 _) _ (.param "
          ".align 4 .b8 _[8]) .noreturn; .param .b32 r; .param .align 4 .b8 a[8]; call (r), %rd1, (a), P; }")),
      "");
  EXPECT_EQ(lost(".func f() { ret; } " + kernel("T: .calltargets f, f; call %rd1, T;")), "");
}

TEST(Printer, LosesNothingOfLinesAndSections) {
  EXPECT_EQ(lost(".file 1 \"a \\\\ b.cu\" " +
                 kernel(".loc 1 2 3\n ret; .loc 1 4 5, function_name $s+4, inlined_at 1 9 9\n.loc 1 6 7, inlined_at 1 "
                        "2 3\n ret; .loc 1 8 8 \n") +
                 ".section .debug_info { a: .b64 $x+4 .b32 .debug_str .b8 1, 2 b: .b16 $x-$y .b32 b-a c: }"),
            "");
}

}  // namespace
}  // namespace warpscope::ptx
