// Damaged and hostile debug sections: what depends on them is lost and told, the rest is there, and nothing takes long.
#include <gmock/gmock.h>

#include "tests/ptx/debug_invariants.h"
#include "tests/ptx/debug_sample.h"

namespace warpscope::ptx {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr std::uint8_t kNone = 0;

// Bytes of a section, written by hand.
struct Writer {
  Section section;

  explicit Writer(std::string name) { section.name = std::move(name); }
  std::uint64_t size() const { return section.bytes.size(); }
  Writer& bytes(std::initializer_list<int> values) {
    for (const int value : values) section.bytes.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  Writer& number(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) section.bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  Writer& text(const std::string& value) {
    section.bytes.insert(section.bytes.end(), value.begin(), value.end());
    return bytes({0});
  }
  Writer& symbol(const std::string& name, int count = 8) {
    section.fixups.push_back({size(), count, name, "", 0});
    return number(0, count);
  }
};

// A unit whose entries use these abbreviations; the first entry is the unit itself.
enum Abbreviation {
  kUnitEntry = 1,      // (children)
  kGlobal = 2,         // name, line, type, place
  kFloat = 3,          // name, size, encoding
  kPointer = 4,        // type
  kTypedef = 5,        // name, type
  kStruct = 6,         // name, size (children)
  kMember = 7,         // name, type, offset
  kFunctionType = 8,   // type (children)
  kFunctionInput = 9,  // type
  kSharedName = 10,    // a variable: name in .debug_str, line, type
  kBareBlock = 11,     // (children)
};

Section abbreviations() {
  Writer w(".debug_abbrev");
  w.bytes({kUnitEntry, 0x11, 1, 0, 0});
  w.bytes({kGlobal, 0x34, 0, 0x03, 0x08, 0x3b, 0x0b, 0x49, 0x13, 0x02, 0x0a, 0, 0});
  w.bytes({kFloat, 0x24, 0, 0x03, 0x08, 0x0b, 0x0b, 0x3e, 0x0b, 0, 0});
  w.bytes({kPointer, 0x0f, 0, 0x49, 0x13, 0, 0});
  w.bytes({kTypedef, 0x16, 0, 0x03, 0x08, 0x49, 0x13, 0, 0});
  w.bytes({kStruct, 0x13, 1, 0x03, 0x08, 0x0b, 0x0b, 0, 0});
  w.bytes({kMember, 0x0d, 0, 0x03, 0x08, 0x49, 0x13, 0x38, 0x0b, 0, 0});
  w.bytes({kFunctionType, 0x15, 1, 0x49, 0x13, 0, 0});
  w.bytes({kFunctionInput, 0x05, 0, 0x49, 0x13, 0, 0});
  w.bytes({kSharedName, 0x34, 0, 0x03, 0x0e, 0x3b, 0x0b, 0x49, 0x13, 0, 0});
  w.bytes({kBareBlock, 0x0b, 1, 0, 0});
  return w.bytes({0}).section;
}

// A module with one .global variable `g` and the unit that `fill` writes; offsets are those of .debug_info.
struct HandMade {
  Module module;
  Writer info{".debug_info"};
  DebugInfo debug;

  HandMade() {
    module.file = "hand.ptx";
    Variable g;
    g.name = "g";
    module.variables.push_back(g);
    info.number(0, 4).number(2, 2).symbol(".debug_abbrev", 4).bytes({8, kUnitEntry});
  }
  HandMade& global(const std::string& name, std::uint64_t type) {
    info.bytes({kGlobal}).text(name).bytes({1}).number(type, 4).bytes({9, 0x03}).symbol("g");
    return *this;
  }
  std::uint64_t floating() {
    const std::uint64_t at = info.size();
    info.bytes({kFloat}).text("float").bytes({4, 4});
    return at;
  }
  const DebugInfo& read() {
    for (std::size_t i = 0; i < 4; ++i) {
      info.section.bytes[i] = static_cast<std::uint8_t>((info.size() - 4) >> (8 * i));
    }
    module.sections.push_back(info.section);
    module.sections.push_back(abbreviations());
    debug = DebugInfo::read(module);
    EXPECT_EQ(broken_invariant(module, debug), "");
    return debug;
  }
  std::vector<std::string> problems() const {
    std::vector<std::string> result;
    for (const auto& problem : debug.problems()) result.push_back(problem.text());
    return result;
  }
  const TypeInfo& type(int index) const { return debug.types().at(static_cast<std::size_t>(index)); }
  const TypeInfo& type_of(std::size_t global) const { return type(debug.globals().at(global).type); }
};

TEST(DebugHandMade, AVariableWithItsType) {
  HandMade h;
  const std::uint64_t type = h.floating();
  h.global("weight", type).read();
  EXPECT_TRUE(h.problems().empty());
  ASSERT_EQ(h.debug.globals().size(), 1U);
  EXPECT_EQ(h.debug.globals()[0].name, "weight");
  EXPECT_EQ(h.type_of(0).name, "float");
  EXPECT_EQ(h.debug.globals()[0].places.at(0).symbol.index, 0);
}

TEST(DebugHandMade, APointerToItselfIsAPointer) {
  HandMade h;
  const std::uint64_t at = h.info.size();
  h.info.bytes({kPointer}).number(at, 4);
  h.global("self", at).read();
  EXPECT_EQ(h.type_of(0).kind, TypeInfo::Kind::kPointer);
  EXPECT_EQ(h.type_of(0).element, h.debug.globals()[0].type);
}

TEST(DebugHandMade, TypedefsInACircleAreUnknown) {
  HandMade h;
  const std::uint64_t a = h.info.size();
  const std::uint64_t b = a + 1 + 2 + 4;
  h.info.bytes({kTypedef}).text("A").number(b, 4);
  h.info.bytes({kTypedef}).text("B").number(a, 4);
  h.global("odd", a).read();
  EXPECT_EQ(h.type_of(0).kind, TypeInfo::Kind::kUnknown);
  EXPECT_EQ(h.type_of(0).name, "A");
}

TEST(DebugHandMade, AStructMayContainItself) {
  HandMade h;
  const std::uint64_t at = h.info.size();
  h.info.bytes({kStruct}).text("Knot").bytes({4, kMember}).text("inner").number(at, 4).bytes({0, 0});
  h.global("knot", at).read();
  EXPECT_EQ(h.type_of(0).members.at(0).type, h.debug.globals()[0].type);
}

TEST(DebugHandMade, ATypeThatIsNowhereIsUnknown) {
  HandMade h;
  h.global("lost", 0x12345).read();
  EXPECT_EQ(h.type_of(0).kind, TypeInfo::Kind::kUnknown);
  EXPECT_THAT(h.problems(),
              Contains("hand.ptx: .debug_info+0x12345: a type is said to be here, but no entry begins here"));
}

TEST(DebugHandMade, AMissingAbbreviationCostsTheRestOfTheUnit) {
  HandMade h;
  const std::uint64_t type = h.floating();
  h.global("first", type);
  h.info.bytes({99});
  h.global("second", type).read();
  ASSERT_EQ(h.debug.globals().size(), 1U);
  EXPECT_EQ(h.debug.globals()[0].name, "first");
  EXPECT_THAT(h.problems(), Contains(HasSubstr("abbreviation 99 is not declared in .debug_abbrev")));
}

TEST(DebugHandMade, APlaceNobodyDeclaresIsTold) {
  HandMade h;
  const std::uint64_t type = h.floating();
  h.info.bytes({kGlobal}).text("ghost").bytes({1}).number(type, 4).bytes({9, 0x03}).symbol("nothing");
  h.read();
  EXPECT_TRUE(h.debug.globals().at(0).places.empty());
  EXPECT_THAT(h.problems(), Contains(HasSubstr("lives at 'nothing', which the module does not declare")));
}

TEST(DebugHandMade, AnOperationNobodyKnowsIsTold) {
  HandMade h;
  const std::uint64_t type = h.floating();
  h.info.bytes({kGlobal}).text("odd").bytes({1}).number(type, 4).bytes({1, 0xe0});
  h.read();
  EXPECT_TRUE(h.debug.globals().at(0).places.empty());
  EXPECT_THAT(h.problems(), Contains(HasSubstr("variable 'odd': operation 0xe0")));
}

TEST(DebugHandMade, LongChainsOfPointersEndSomewhere) {
  HandMade h;
  const std::uint64_t first = h.info.size();
  for (std::uint64_t i = 0; i < 200000; ++i) h.info.bytes({kPointer}).number(first + (i + 1) * 5, 4);
  const std::uint64_t type = h.floating();
  h.global("deep", first).global("shallow", type).read();
  EXPECT_EQ(h.type_of(0).kind, TypeInfo::Kind::kPointer);
  EXPECT_EQ(h.type_of(1).name, "float");
  EXPECT_THAT(h.problems(), Contains(HasSubstr("nested deeper")));
}

TEST(DebugHandMade, NamesThatDoubleAreCut) {
  HandMade h;
  std::uint64_t type = h.floating();
  for (int i = 0; i < 100; ++i) {  // a function of two functions of two functions ...
    const std::uint64_t at = h.info.size();
    h.info.bytes({kFunctionType}).number(type, 4);
    for (int k = 0; k < 2; ++k) h.info.bytes({kFunctionInput}).number(type, 4);
    h.info.bytes({kNone});
    type = at;
  }
  h.global("tower", type).read();
  EXPECT_LT(h.type_of(0).name.size(), 2000U);
}

TEST(DebugHandMade, BlocksCanNestWithoutEnd) {
  HandMade h;
  for (int i = 0; i < 300000; ++i) h.info.bytes({kBareBlock});
  h.read();
  EXPECT_TRUE(h.debug.globals().empty());
}

TEST(DebugHandMade, OneLongNameForEverythingRunsOutOfBudget) {
  HandMade h;
  const std::uint64_t type = h.floating();
  for (int i = 0; i < 100000; ++i) h.info.bytes({kSharedName}).symbol(".debug_str", 4).bytes({1}).number(type, 4);
  Writer strings(".debug_str");
  strings.text(std::string(60000, 'x'));
  h.module.sections.push_back(strings.section);
  h.read();
  std::size_t bytes = 0;
  for (const auto& global : h.debug.globals()) bytes += global.name.size();
  EXPECT_LT(bytes, 512U << 20);
  EXPECT_THAT(h.problems(), Contains(HasSubstr("stopped half-way")));
}

TEST(DebugHandMade, MangledNamesThatExplodeAreShortened) {
  // f(A<B, B>) with B = A<C, C>, C = A<D, D>, ...: 2^60 characters when written out.
  std::string name = "_Z4bombI1AIiiE";
  for (int i = 0; i < 60; ++i) {
    const auto digit = [](int n) { return std::string(1, static_cast<char>(n < 10 ? '0' + n : 'A' + n - 10)); };
    const std::string last = i == 0 ? "S0_" : "S" + (i < 36 ? digit(i) : "1" + digit(i - 36)) + "_";
    name += "S_I" + last + last + "E";
  }
  Module module;
  module.functions.emplace_back().name = name + "EvT_";
  const DebugInfo info = DebugInfo::read(module);
  EXPECT_EQ(info.readable_name(0), "bomb<...>");
}

TEST(DebugHandMade, OtherVersionsAreRefusedByName) {
  HandMade h;
  h.info.section.bytes[4] = 9;
  h.read();
  EXPECT_THAT(h.problems(), Contains(HasSubstr("a unit of DWARF 9")));
  EXPECT_FALSE(h.debug.has_variables());
}

TEST(DebugHandMade, InfoWithoutAbbreviationsIsTold) {
  Module module;
  module.sections.push_back(Writer(".debug_info").number(12345, 4).section);
  const DebugInfo info = DebugInfo::read(module);
  ASSERT_EQ(info.problems().size(), 1U);
  EXPECT_THAT(info.problems()[0].text(), HasSubstr("cannot be read without a section .debug_abbrev"));
}

struct Damage : testing::TestWithParam<const char*> {
  Module module = std::move(*debug_sample(GetParam()).module);

  void expect_sound(const std::string& what) const {
    const DebugInfo info = DebugInfo::read(module);
    EXPECT_EQ(broken_invariant(module, info), "") << what;
  }
};

INSTANTIATE_TEST_SUITE_P(DebugSamples, Damage,
                         testing::Values("structs.debug_75.ptx", "inlined.debug_100.ptx", "inlined.lineinfo_75.ptx"));

TEST_P(Damage, CutAnywhereNothingBreaks) {
  for (std::size_t s = 0; s < module.sections.size(); ++s) {
    const std::vector<std::uint8_t> whole = module.sections[s].bytes;
    for (std::size_t length = 0; length < whole.size(); length += 7) {
      module.sections[s].bytes.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      expect_sound(module.sections[s].name + " cut to " + std::to_string(length));
    }
    module.sections[s].bytes = whole;
  }
}

TEST_P(Damage, WithAnyByteWrongNothingBreaks) {
  for (std::size_t s = 0; s < module.sections.size(); ++s) {
    for (std::size_t i = 0; i < module.sections[s].bytes.size(); i += 3) {
      std::uint8_t& byte = module.sections[s].bytes[i];
      const std::uint8_t right = byte;
      for (const int flip : {0xff, 0x80, 0x01}) {
        byte = static_cast<std::uint8_t>(right ^ flip);
        expect_sound(module.sections[s].name + " wrong at " + std::to_string(i));
      }
      byte = right;
    }
  }
}

TEST_P(Damage, WithoutItsLabelsNothingBreaks) {
  for (Section& section : module.sections) section.labels.clear();
  expect_sound("no labels in sections");
  for (Function& function : module.functions) function.labels.clear();
  expect_sound("no labels in functions");
  for (Function& function : module.functions) {
    for (Loc& loc : function.locs) loc.inlined_at = 1 << 20;
    function.registers.clear();
    function.variables.clear();
  }
  expect_sound("no registers, no variables, wild inlined_at");
}

TEST(DebugDamage, ACutLeavesWhatStandsBeforeIt) {
  DebugSample s = debug_sample("structs.debug_75.ptx");
  for (Section& section : s.module->sections) {
    if (section.name == ".debug_info") section.bytes.resize(1090);  // behind the kernel's third parameter
  }
  const DebugInfo info = DebugInfo::read(*s.module);
  const int kernel = s.function("_Z7structsN4warp6ParamsEP6float4PVKi");
  EXPECT_EQ(info.variables(kernel).size(), 4U);  // and only_here
  EXPECT_EQ(info.globals().size(), 3U);
  EXPECT_FALSE(info.problems().empty());
}

TEST(DebugDamage, ADamagedLocationListCostsOnlyItsVariables) {
  DebugSample s = debug_sample("shadow.debug_75.ptx");
  for (Section& section : s.module->sections) {
    if (section.name == ".debug_loc") section.bytes.clear();
  }
  s.info = DebugInfo::read(*s.module);
  EXPECT_EQ(s.home(0, s.at(0, 8), "sum"), "out");
  EXPECT_EQ(s.home(0, s.at(0, 8), "i"), "%f3");
  EXPECT_EQ(s.type(*s.visible(0, s.at(0, 8), "sum")).name, "float");
  ASSERT_FALSE(s.info.problems().empty());
  EXPECT_THAT(s.info.problems()[0].text(), HasSubstr("the list of places of 'sum' does not end properly"));
}

}  // namespace
}  // namespace warpscope::ptx
