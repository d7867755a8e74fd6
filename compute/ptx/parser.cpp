#include "compute/ptx/parser.h"

#include <algorithm>
#include <charconv>
#include <climits>

#include "compute/ptx/function_parser.h"
#include "compute/ptx/section_parser.h"

namespace warpscope::ptx {
namespace {

std::optional<Linkage> linkage_named(std::string_view word) {
  if (word == "visible") return Linkage::kVisible;
  if (word == "extern") return Linkage::kExtern;
  if (word == "weak") return Linkage::kWeak;
  if (word == "common") return Linkage::kCommon;
  return std::nullopt;
}

std::vector<Variable> variables_of(std::vector<Declared> declared) {
  std::vector<Variable> variables;
  variables.reserve(declared.size());
  for (Declared& next : declared) variables.push_back(std::move(next.variable));
  return variables;
}

bool same_shape(const std::vector<Variable>& a, const std::vector<Variable>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Variable& x, const Variable& y) {
    return x.size_bytes == y.size_bytes && x.space == y.space;
  });
}

class ModuleParser {
 public:
  explicit ModuleParser(Reader& reader) : context_(reader), reader_(reader), module_(context_.module) {}

  Module parse() {
    if (parse_version() && parse_target()) {
      while (!reader_.at(TokenKind::kEnd)) {
        if (!parse_declaration()) reader_.skip_declaration();
      }
    }
    resolve_addresses();
    return std::move(module_);
  }

 private:
  bool parse_version() {
    if (!reader_.accept_directive("version")) return reader_.unexpected("'.version', with which a PTX module begins");
    const Token number = reader_.peek();
    const std::string_view text = number.text;
    const std::size_t dot = std::min(text.find('.'), text.size());
    const auto major = std::from_chars(text.data(), text.data() + dot, module_.version_major);
    const bool has_minor = dot + 1 < text.size();
    const auto minor = has_minor
                           ? std::from_chars(text.data() + dot + 1, text.data() + text.size(), module_.version_minor)
                           : std::from_chars_result{text.data(), std::errc::invalid_argument};
    const bool correct = number.kind == TokenKind::kFloat64 && major.ec == std::errc() && minor.ec == std::errc() &&
                         major.ptr == text.data() + dot && minor.ptr == text.data() + text.size();
    if (!correct) return reader_.unexpected("the version of PTX, such as 8.0");
    reader_.take();
    return true;
  }

  bool parse_target() {
    if (!reader_.accept_directive("target")) return reader_.unexpected("'.target' after '.version'");
    if (!reader_.at(TokenKind::kWord)) return reader_.unexpected("the target, such as sm_80");
    module_.target = reader_.take().text;
    while (reader_.accept(mark(","))) {
      if (!reader_.at(TokenKind::kWord)) return reader_.unexpected("an option of .target, such as debug");
      module_.target_options.emplace_back(reader_.take().text);
    }
    return true;
  }

  bool parse_declaration() {
    if (reader_.accept(mark(";"))) return true;
    if (!reader_.at(TokenKind::kDirective)) return reader_.unexpected("a declaration such as .entry, .func or .global");
    const Token word = reader_.peek();
    if (const auto linkage = linkage_named(word.text)) {
      reader_.take();
      return parse_linked(*linkage);
    }
    if (at_space(reader_) || word.text == "entry" || word.text == "func") return parse_linked(Linkage::kLocal);
    reader_.take();
    if (word.text == "address_size") return parse_address_size();
    if (word.text == "file") return parse_file();
    if (word.text == "section") return parse_section(context_);
    if (word.text == "pragma") return parse_pragma(module_.pragmas) && reader_.expect(mark(";"), "';' after .pragma");
    if (word.text == "alias") return parse_alias();
    if (word.text == "loc") return parse_stray_loc(word.where);
    if (word.text == "version" || word.text == "target") {
      return reader_.error(word.where, "'." + std::string(word.text) + "' stands once, at the beginning");
    }
    return reader_.error(
        word.where, "there is no directive '." + std::string(word.text) +
                        "' outside functions: expected .entry, .func, .global, .const, .shared, .file or .section");
  }

  bool parse_linked(Linkage linkage) {
    const Token word = reader_.peek();
    const bool entry = reader_.accept_directive("entry");
    if (entry || reader_.accept_directive("func")) return parse_function(linkage, entry);
    const auto space = at_space(reader_);
    if (!space) return reader_.unexpected("a state space, .entry or .func");
    if (*space == Space::kParam || *space == Space::kReg) {
      return reader_.error(word.where, "." + std::string(word.text) + " is declared inside functions");
    }
    reader_.take();
    return parse_module_variables(linkage, *space);
  }

  bool parse_address_size() {
    if (!reader_.at(TokenKind::kInteger) || (reader_.peek().value != 32 && reader_.peek().value != 64)) {
      return reader_.unexpected("32 or 64 as .address_size");
    }
    module_.address_size = static_cast<int>(reader_.take().value);
    return true;
  }

  // .file 1 "a.cu", 1699999999, 4096: the time and size say nothing about the program.
  bool parse_file() {
    if (!reader_.at(TokenKind::kInteger) || reader_.peek().value > INT_MAX)
      return reader_.unexpected("the number of the file");
    SourceFile source{static_cast<int>(reader_.take().value), {}};
    if (!reader_.at(TokenKind::kString)) return reader_.unexpected("the path of the file in quotes");
    source.path = unescaped(reader_.take().text);
    if (reader_.at(TokenKind::kString)) source.path += "/" + unescaped(reader_.take().text);  // folder and name apart
    while (reader_.accept(mark(","))) {
      if (!reader_.at(TokenKind::kInteger)) return reader_.unexpected("the time or size of the file");
      reader_.take();
    }
    const auto known = std::find_if(module_.files.begin(), module_.files.end(),
                                    [&](const SourceFile& other) { return other.number == source.number; });
    if (known == module_.files.end()) {
      module_.files.push_back(std::move(source));
    } else {
      known->path = std::move(source.path);
    }
    return true;
  }

  bool parse_pragma(std::vector<std::string>& pragmas) {
    do {
      if (!reader_.at(TokenKind::kString)) return reader_.unexpected("a string after .pragma");
      pragmas.push_back(unescaped(reader_.take().text));
    } while (reader_.accept(mark(",")));
    return true;
  }

  // Some compilers give the line of a function in front of it.
  bool parse_stray_loc(Position where) {
    while (!reader_.at(TokenKind::kEnd) && reader_.peek().where.line == where.line) reader_.take();
    return true;
  }

  bool parse_alias() {
    int index[2] = {};
    for (int i = 0; i < 2; ++i) {
      if (i == 1 && !reader_.expect(mark(","), "',' between the two functions of .alias")) return false;
      if (!reader_.at(TokenKind::kWord)) return reader_.unexpected("the name of a function");
      const Token name = reader_.take();
      const auto found = context_.functions.find(name.text);
      if (found == context_.functions.end()) {
        return reader_.error(name.where, "there is no function '" + std::string(name.text) + "' above");
      }
      index[i] = found->second;
    }
    if (index[0] != index[1]) module_.functions[static_cast<std::size_t>(index[0])].alias_of = index[1];
    return reader_.expect(mark(";"), "';' after .alias");
  }

  bool parse_module_variables(Linkage linkage, Space space) {
    Variable head;
    head.space = space;
    head.linkage = linkage;
    std::vector<Declared> declared;
    const bool correct = parse_variables(context_, head, declared);
    for (Declared& next : declared) add_variable(std::move(next));
    return correct;
  }

  void add_variable(Declared next) {
    const Variable& variable = next.variable;
    if (context_.functions.contains(next.name)) {
      reader_.error(variable.where, "'" + variable.name + "' is already a function");
      return;
    }
    const auto [place, is_new] = context_.variables.try_emplace(next.name, static_cast<int>(module_.variables.size()));
    for (const PendingAddress& address : next.addresses) context_.addresses.emplace_back(place->second, address);
    if (is_new) {
      module_.variables.push_back(std::move(next.variable));
      return;
    }
    Variable& known = module_.variables[static_cast<std::size_t>(place->second)];
    if (known.linkage != Linkage::kExtern && variable.linkage != Linkage::kExtern) {
      reader_.error(variable.where,
                    "'" + variable.name + "' is already declared in line " + std::to_string(known.where.line));
    } else if (known.linkage == Linkage::kExtern) {
      known = std::move(next.variable);
    }
  }

  // Behind .entry or .func.
  bool parse_function(Linkage linkage, bool is_entry) {
    Function function;
    function.is_entry = is_entry;
    function.linkage = linkage;
    std::vector<Declared> returns;
    std::vector<Declared> parameters;
    if (reader_.at_directive("attribute") && !parse_function_directive(function)) return false;
    if (!is_entry && reader_.at(mark("(")) && !parse_parameters(context_, returns)) return false;
    if (!reader_.at(TokenKind::kWord)) return reader_.unexpected("the name of the function");
    const Token name = reader_.take();
    function.name = name.text;
    function.where = name.where;
    if (reader_.at(mark("(")) && !parse_parameters(context_, parameters)) return false;
    function.returns = variables_of(std::move(returns));
    function.parameters = variables_of(std::move(parameters));
    while (reader_.at(TokenKind::kDirective)) {
      if (!parse_function_directive(function)) return false;
    }
    function.is_declaration = !reader_.at(mark("{"));
    if (function.is_declaration && !reader_.expect(mark(";"), "'{' or ';' after the head of '" + function.name + "'"))
      return false;
    const int index = introduce(name, function);
    if (!function.is_declaration) FunctionParser(context_, function).parse_body();
    if (index >= 0) keep_function(std::move(function), index);
    return true;
  }

  // Makes the name known, so that the body can call it; -1 after an error.
  int introduce(const Token& name, const Function& function) {
    if (context_.variables.contains(name.text)) {
      reader_.error(name.where, "'" + function.name + "' is already a variable");
      return -1;
    }
    const auto [place, is_new] = context_.functions.try_emplace(name.text, static_cast<int>(module_.functions.size()));
    if (is_new) {
      Function declaration;
      declaration.name = function.name;
      declaration.is_declaration = true;
      declaration.is_entry = function.is_entry;
      declaration.linkage = function.linkage;
      declaration.where = function.where;
      declaration.returns = function.returns;
      declaration.parameters = function.parameters;
      module_.functions.push_back(std::move(declaration));
      return place->second;
    }
    const Function& known = module_.functions[static_cast<std::size_t>(place->second)];
    if (!known.is_declaration && !function.is_declaration) {
      reader_.error(name.where,
                    "'" + function.name + "' already has a body in line " + std::to_string(known.where.line));
      return -1;
    }
    const bool same = known.is_entry == function.is_entry && same_shape(known.returns, function.returns) &&
                      same_shape(known.parameters, function.parameters);
    if (same) return place->second;
    reader_.error(name.where, "'" + function.name + "' is declared with other parameters in line " +
                                  std::to_string(known.where.line));
    return -1;
  }

  void keep_function(Function function, int index) {
    Function& known = module_.functions[static_cast<std::size_t>(index)];
    if (function.is_declaration && !known.is_declaration) return;
    if (function.linkage == Linkage::kLocal && known.linkage != Linkage::kExtern) function.linkage = known.linkage;
    function.noreturn |= known.noreturn;
    function.alias_of = known.alias_of;
    known = std::move(function);
  }

  // One of the directives between the head and the body.
  bool parse_function_directive(Function& function) {
    const Token word = reader_.take();
    if (word.text == "maxntid") return parse_dimensions(word, function.max_threads);
    if (word.text == "reqntid") return parse_dimensions(word, function.required_threads);
    if (word.text == "reqnctapercluster") return parse_dimensions(word, function.required_cluster);
    if (word.text == "minnctapersm") return parse_count(word, function.min_blocks_per_sm);
    if (word.text == "maxnreg") return parse_count(word, function.max_registers);
    if (word.text == "maxclusterrank") return parse_count(word, function.max_cluster_rank);
    if (word.text == "explicitcluster") return function.explicit_cluster = true;
    if (word.text == "blocksareclusters") return function.blocks_are_clusters = true;
    if (word.text == "noreturn") return function.noreturn = true;
    std::optional<int> ignored;  // hints to a compiler for one GPU
    if (word.text == "maxnctapersm" || word.text == "abi_preserve" || word.text == "abi_preserve_control")
      return parse_count(word, ignored);
    if (word.text == "attribute") return skip_attribute();
    if (word.text == "pragma") {
      if (!parse_pragma(function.pragmas)) return false;
      reader_.accept(mark(";"));
      return true;
    }
    return reader_.error(word.where,
                         "there is no directive '." + std::string(word.text) +
                             "' for functions: expected .maxntid, .reqntid, .minnctapersm, .maxnreg, .noreturn or '{'");
  }

  bool skip_attribute() {
    if (!reader_.expect(mark("("), "'(' after .attribute")) return false;
    for (int open = 1; open > 0;) {
      if (reader_.at(TokenKind::kEnd) || reader_.at(mark("{"))) return reader_.unexpected("')' to end .attribute");
      const Token token = reader_.take();
      if (token.mark == mark("(")) ++open;
      if (token.mark == mark(")")) --open;
    }
    return true;
  }

  bool parse_count(const Token& word, std::optional<int>& count) {
    if (!reader_.at(TokenKind::kInteger) || reader_.peek().value > INT_MAX) {
      return reader_.unexpected("a number after ." + std::string(word.text));
    }
    count = static_cast<int>(reader_.take().value);
    return true;
  }

  // "256", "16, 16" or "8, 8, 4"
  bool parse_dimensions(const Token& word, std::optional<base::Dim3>& dimensions) {
    base::Dim3 size;
    std::uint32_t* const axes[] = {&size.x, &size.y, &size.z};
    for (int i = 0; i < 3; ++i) {
      if (i > 0 && !reader_.accept(mark(","))) break;
      const bool correct = reader_.at(TokenKind::kInteger) && reader_.peek().value <= UINT32_MAX;
      if (!correct) return reader_.unexpected("one to three sizes after ." + std::string(word.text));
      *axes[i] = static_cast<std::uint32_t>(reader_.take().value);
    }
    dimensions = size;
    return true;
  }

  void resolve_addresses() {
    for (const auto& [index, address] : context_.addresses) {
      Variable& variable = module_.variables[static_cast<std::size_t>(index)];
      const auto place = static_cast<std::size_t>(address.relocation);
      if (place >= variable.relocations.size()) continue;  // of a second declaration, refused above
      SymbolRef& symbol = variable.relocations[place].symbol;
      if (const auto found = context_.variables.find(address.name); found != context_.variables.end()) {
        symbol = {SymbolKind::kModuleVariable, found->second};
      } else if (const auto function = context_.functions.find(address.name); function != context_.functions.end()) {
        symbol = {SymbolKind::kFunction, function->second};
      } else {
        reader_.error(address.where,
                      "there is no variable or function '" + std::string(address.name) + "' in the module");
      }
    }
  }

  ModuleContext context_;
  Reader& reader_;
  Module& module_;
};

}  // namespace

tl::expected<Module, Errors> parse(std::string_view text, std::string file_name, const ParseLimits& limits) {
  if (text.size() > static_cast<std::size_t>(INT_MAX)) {
    return tl::unexpected(Errors{{"a PTX text of more than 2 GB is not read", {std::move(file_name), 0, 0}}});
  }
  Reader reader(text, file_name, limits);
  Module module = ModuleParser(reader).parse();
  if (reader.failed()) {
    Errors errors = reader.take_errors();
    std::stable_sort(errors.begin(), errors.end(), [](const base::Error& a, const base::Error& b) {
      return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
    });
    return tl::unexpected(std::move(errors));
  }
  module.file = std::move(file_name);
  return module;
}

}  // namespace warpscope::ptx
