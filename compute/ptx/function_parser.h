// ptx/function_parser.h: the body of a function. Floor 1. Internal to the parser.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compute/ptx/constant.h"
#include "compute/ptx/declarations.h"
#include "compute/ptx/names.h"

namespace warpscope::ptx {

// The dotted name of an instruction taken apart.
Instruction take_apart(std::string name);

// Labels, lists of targets and prototypes: names that may be used before they are declared, found within scopes.
class LabelTable {
 public:
  enum class Kind { kLabel, kTargets, kPrototype };
  struct Label {
    Kind kind = Kind::kLabel;
    int index = 0;  // of the instruction, target list or prototype
  };

  void open();
  void close() { scope_ = parents_[static_cast<std::size_t>(scope_)]; }
  int scope() const { return scope_; }
  // The name it is kept under, different from all others of the function; nullopt where the scope has the name already.
  std::optional<std::string> declare(std::string_view name, Label label);
  // From `scope` outwards.
  std::optional<Label> find(std::string_view name, int scope) const;

 private:
  struct Key {
    std::string_view name;
    int scope = 0;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string_view>()(key.name) ^ static_cast<std::size_t>(key.scope) * 0x9e37'79b9'7f4a'7c15U;
    }
  };

  std::vector<int> parents_ = {-1};
  int scope_ = 0;
  std::unordered_map<Key, Label, KeyHash> labels_;
  std::unordered_map<std::string, int> kept_names_;  // with the number of the last duplicate
};

class FunctionParser {
 public:
  FunctionParser(ModuleContext& context, Function& function);

  // From the '{' to the '}'. Errors go to the reader; the caller goes on behind the body either way.
  void parse_body();

 private:
  struct PendingLabel {
    std::string_view name;
    int scope = 0;
    Position where;
    int instruction = -1;  // operand `index` of it, or
    int target_list = -1;  // element `index` of it
    int index = 0;
  };

  // Statements (function_parser.cpp)
  void declare_parameters(std::vector<Variable>& variables, Name::Kind kind);
  void parse_statement();
  bool parse_directive();
  bool parse_word_statement();
  bool parse_labelled(const Token& name);
  bool keep_label(const Token& name, LabelTable::Label label, std::string* kept);
  bool parse_registers();
  bool parse_register_range(const Token& base, Type type, int width);
  // Whether so many more are allowed; asked before a name is known for them, so that no name is without its register.
  bool has_room(std::uint64_t registers, Position where);
  void add_register(std::string name, Type type);
  bool parse_body_variables(Space space);
  bool parse_loc(Position where);
  bool parse_loc_attributes(Loc& loc);
  bool parse_integers(std::string_view what, int* values, int count);
  bool parse_prototype(const Token& name);
  bool parse_targets(const Token& name, bool of_calls);
  bool open_scope(Position where);
  void close_scope();
  void resolve_labels();
  void resolve(const PendingLabel& pending);
  int here() const { return static_cast<int>(function_.instructions.size()); }

  // Instructions and operands (operand_parser.cpp)
  bool parse_instruction(const Token& name, const Guard& guard);  // `name` with its dotted words
  std::optional<Guard> parse_guard();
  void start_instruction(const Token& name, Instruction& instruction);
  bool check_branch(const Instruction& instruction);
  bool parse_operands(Instruction& instruction);
  bool parse_operand(Instruction& instruction, Operand& operand);
  bool parse_single(Instruction& instruction, Operand& operand);
  bool parse_signed(Instruction& instruction, Operand& operand);
  bool parse_named(Instruction& instruction, Operand& operand);
  bool parse_register(const Name& name, Operand& operand);
  bool parse_part(Operand& operand);
  bool parse_symbol(const Instruction& instruction, Operand& operand);
  bool parse_special(const Token& word, Operand& operand, bool& known);
  bool parse_label_use(const Instruction& instruction, Operand& operand);
  bool parse_number(Operand& operand);
  bool parse_list(Instruction& instruction, Operand& operand, Mark end, std::string_view what);
  bool parse_vector(Instruction& instruction, Operand& operand);
  bool parse_bracket(Instruction& instruction, Operand& operand);
  bool parse_address(Instruction& instruction, Operand& operand);
  bool parse_offset(Operand& operand);
  bool parse_index(Operand& operand);
  bool parse_call(Instruction& instruction);
  bool find_symbol(std::string_view name, SymbolRef& symbol) const;
  const Variable* variable_of(const SymbolRef& symbol) const;

  ModuleContext& context_;
  Reader& reader_;
  Function& function_;
  NameTable names_;
  LabelTable labels_;
  int open_scopes_ = 0;
  std::vector<PendingLabel> pending_;
  std::unordered_map<std::string_view, Instruction> known_names_;  // taken apart before
  std::map<std::tuple<int, int, int>, int> newest_loc_;            // file, line, column -> index into locs
};

}  // namespace warpscope::ptx
