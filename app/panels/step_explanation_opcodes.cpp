#include <array>

#include "app/panels/step_explanation.h"
#include "compute/ptx/types.h"

namespace warpscope::panels {
namespace {

// By first word of the name; where a state space makes a difference, that follows. Longer stems come first.
constexpr OpcodeText kOpcodes[] = {
    {"ld.param", "Reads an argument", "Fetches an argument of the kernel or function. It is the same for every lane."},
    {"ld.global", "Reads global memory", "Each lane fetches a value from the device's memory, at its own address."},
    {"ld.shared", "Reads shared memory", "Each lane fetches a value from the memory its block shares."},
    {"ld.local", "Reads local memory", "Each lane fetches a value from memory that belongs to it alone."},
    {"ld.const", "Reads constant memory", "Fetches a value that never changes; one word for all lanes is cheapest."},
    {"ld", "Reads memory", "Each lane fetches a value; its address says which kind of memory it lies in."},
    {"ldu", "Reads memory", "Fetches a value that all lanes are expected to want from the same address."},
    {"st.param", "Passes an argument", "Puts a value where the function that is called next will look for it."},
    {"st.global", "Writes global memory", "Each lane puts a value into the device's memory, at its own address."},
    {"st.shared", "Writes shared memory", "Each lane puts a value into the memory that its block shares."},
    {"st.local", "Writes local memory", "Each lane puts a value into memory that belongs to it alone."},
    {"st", "Writes memory", "Each lane puts a value into memory; its address says which kind."},
    {"atom", "Updates memory as one step",
     "Reads, changes and writes back without anybody in between, and keeps the value that was there."},
    {"red.async", "Updates memory later", "Starts an update of another block's shared memory and goes on."},
    {"red", "Updates memory as one step",
     "Changes a value in memory without anybody in between; the old one is dropped."},
    {"prefetch", "Asks early", "Brings a line of memory closer before it is needed. Nothing is returned."},
    {"cp.async", "Copies in the background", "Starts a copy from global to shared memory and goes on without waiting."},
    {"bar.warp", "Waits for lanes", "The named lanes of the warp wait for each other here."},
    {"bar", "Barrier of the block", "Every warp waits here until all threads of the block have come: __syncthreads()."},
    {"barrier", "Barrier of the block", "Every warp waits here until all threads of the block have come."},
    {"membar", "Fence", "What was written before is seen by others before what is written after."},
    {"fence", "Fence", "What was written before is seen by others before what is written after."},
    {"bra", "Branch", "Lanes whose condition holds jump; the others go on with the next instruction."},
    {"brx", "Branch to one of many", "Every lane jumps where its number says, as in a switch."},
    {"call", "Calls a function", "The lanes go into a function and come back behind this place."},
    {"ret", "Returns", "The lanes go back to who called; in the kernel itself their thread ends."},
    {"exit", "Ends threads", "The threads of these lanes are done."},
    {"trap", "Ends the launch", "Stops the whole kernel with an error."},
    {"nanosleep", "Lets others go first", "The warp steps back for a while."},
    {"shfl", "Passes values between lanes", "Each lane takes a value straight out of another lane's register."},
    {"vote", "Asks all lanes", "Tells every lane for how many, all or any of them a condition holds."},
    {"match", "Finds equal lanes", "Tells each lane which others hold the same value."},
    {"redux", "Adds up a warp", "Combines one value of every lane into a single one that all get."},
    {"activemask", "Who is here?", "One bit for each lane that runs this instruction now."},
    {"elect", "Chooses a lane", "Picks one lane of the warp to do something for all."},
    {"mma", "Multiplies small matrices", "The lanes of a warp multiply tiles together, each holding a part of them."},
    {"wmma", "Multiplies small matrices", "The lanes of a warp multiply tiles together, each holding a part of them."},
    {"ldmatrix", "Reads small matrices", "The lanes fetch tiles of shared memory together, spread as mma wants them."},
    {"stmatrix", "Writes small matrices", "The lanes put tiles into shared memory together."},
    {"mov", "Copies a value", "Puts a constant, an address or another register's value into a register."},
    {"cvt", "Converts", "Turns a value into another type: float to int, 32 bits to 64 ..."},
    {"cvta", "Converts an address", "Turns an address of one kind of memory into a general one, or back."},
    {"add", "Adds", "Adds two values in each lane."},
    {"addc", "Adds with carry", "Adds two values and what the addition before carried over."},
    {"sub", "Subtracts", "Subtracts the second value from the first in each lane."},
    {"mul", "Multiplies", "Multiplies two values; .wide keeps all bits, .lo the lower and .hi the upper half."},
    {"mul24", "Multiplies 24 bits", "Multiplies the lower 24 bits of two values."},
    {"mad", "Multiplies and adds", "a · b + c in each lane: what an index like row · n + col becomes."},
    {"mad24", "Multiplies and adds", "a · b + c of the lower 24 bits."},
    {"fma", "Multiplies and adds", "a · b + c in each lane, rounded only once at the end."},
    {"div", "Divides", "Divides; on hardware this is many instructions."},
    {"rem", "Remainder", "What a division leaves over: % in C. On hardware this is many instructions."},
    {"abs", "Absolute value", "Drops the sign."},
    {"neg", "Changes the sign", "Turns the sign round."},
    {"min", "The smaller one", "Keeps the smaller of two values."},
    {"max", "The larger one", "Keeps the larger of two values."},
    {"sad", "Sum of differences", "Adds the distance of two values to a third."},
    {"dp4a", "Four small products", "Multiplies four pairs of bytes and adds them up."},
    {"dp2a", "Two small products", "Multiplies two pairs of small numbers and adds them up."},
    {"setp", "Compares", "Compares two values; the answer, yes or no, goes into a predicate that branches can ask."},
    {"set", "Compares", "Compares two values; the answer is a number."},
    {"selp", "Chooses", "Takes the first value where a predicate holds, else the second: ?: without a branch."},
    {"slct", "Chooses", "Takes the first value where a third is not negative, else the second."},
    {"testp", "What kind of number?", "Asks whether a float is finite, infinite, not a number ..."},
    {"and", "And, bit by bit", "A bit is set where both have it; of predicates: both hold."},
    {"or", "Or, bit by bit", "A bit is set where either has it; of predicates: either holds."},
    {"xor", "Exclusive or", "A bit is set where the two differ."},
    {"not", "Not", "Turns every bit round."},
    {"lop3", "Any logic of three", "Combines three values bit by bit, by a table of eight answers."},
    {"shl", "Shifts left", "Moves the bits up: every place doubles the number."},
    {"shr", "Shifts right", "Moves the bits down: every place halves the number."},
    {"shf", "Shifts two words", "Shifts 64 bits and keeps half of them: also rotates."},
    {"bfe", "Takes bits out", "Takes a group of bits out of a number."},
    {"bfi", "Puts bits in", "Puts a group of bits into a number."},
    {"bfind", "Finds a bit", "The place of the highest bit that is set."},
    {"brev", "Reverses bits", "Turns the order of the bits round."},
    {"clz", "Counts zeros", "How many zeros stand before the highest bit."},
    {"popc", "Counts bits", "How many bits are set."},
    {"prmt", "Picks bytes", "Puts four bytes together out of eight."},
    {"sqrt", "Square root", "The square root of each lane's value."},
    {"rsqrt", "One over the square root", "An approximation in one instruction."},
    {"rcp", "One over a number", "The reciprocal of each lane's value."},
    {"sin", "Sine", "An approximation by the special function unit."},
    {"cos", "Cosine", "An approximation by the special function unit."},
    {"ex2", "Two to the power", "An approximation by the special function unit; exp() is made of it."},
    {"lg2", "Logarithm to base 2", "An approximation by the special function unit; log() is made of it."},
    {"tanh", "Hyperbolic tangent", "An approximation by the special function unit."},
    {"copysign", "Takes a sign over", "One number with the sign of the other."},
    {"tex", "Reads a picture", "Fetches a texel by coordinates, which may lie between texels."},
    {"tld4", "Reads four texels", "Fetches the four texels that a coordinate lies between."},
    {"suld", "Reads a surface", "Fetches an element of a picture that can be written too."},
    {"sust", "Writes a surface", "Puts an element into a picture."},
};
constexpr OpcodeText kUnknown{"", "An instruction", "Every lane that takes part does it with its own values."};

struct SpecialText {
  std::string_view prefix, text;
};
constexpr SpecialText kSpecials[] = {
    {"%tid", "the thread's index in its block, threadIdx: what makes lanes do different things"},
    {"%ntid", "the block's size, blockDim"},
    {"%ctaid", "the block's index in the grid, blockIdx"},
    {"%nctaid", "the grid's size, gridDim"},
    {"%laneid", "the lane's number in its warp, 0 to 31"},
    {"%warpid", "the warp's number in its block"},
    {"%nwarpid", "how many warps a block may have"},
    {"%smid", "the number of the multiprocessor that runs the block"},
    {"%lanemask", "a mask that compares all lanes' numbers with this one's"},
    {"%clock", "a counter that goes up while the block runs"},
    {"%globaltimer", "a clock of the whole device"},
    {"%dynamic_smem_size", "the bytes of shared memory that the launch asked for"},
    {"%total_smem_size", "the bytes of shared memory that the block has"},
};

// The stem's words are the name's first ones, or its first word and its state space.
bool matches(std::string_view stem, const ptx::Instruction& instruction) {
  const std::string_view name = instruction.name;
  if (name.starts_with(stem) && (name.size() == stem.size() || name[stem.size()] == '.')) return true;
  const std::size_t dot = stem.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view word = stem.substr(0, dot);
  return name.starts_with(word) && name.size() > dot && name[dot] == '.' &&
         stem.substr(dot + 1) == ptx::name_of(instruction.space);
}

const ptx::Operand* special_of(const ptx::Instruction& instruction) {
  for (const ptx::Operand& operand : instruction.operands) {
    if (operand.kind == ptx::OperandKind::kSpecial) return &operand;
  }
  return nullptr;
}

}  // namespace

const OpcodeText& opcode_text(const ptx::Instruction& instruction) {
  const OpcodeText* best = &kUnknown;
  for (const OpcodeText& text : kOpcodes) {
    if (text.stem.size() > best->stem.size() && matches(text.stem, instruction)) best = &text;
  }
  return *best;
}

std::string special_text(const ptx::Instruction& instruction) {
  const ptx::Operand* operand = special_of(instruction);
  if (operand == nullptr) return "";
  const std::string_view name = ptx::name_of(operand->special);
  for (const SpecialText& special : kSpecials) {
    if (!name.starts_with(special.prefix)) continue;
    return "**" + std::string(name) + "** is " + std::string(special.text) + ".";
  }
  return "**" + std::string(name) + "** is a special register: the hardware knows its value.";
}

}  // namespace warpscope::panels
