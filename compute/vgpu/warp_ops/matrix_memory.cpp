// Matrices between registers and memory: wmma.load, wmma.store, ldmatrix, stmatrix; and movmatrix.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "compute/vgpu/access/lane_memory.h"
#include "compute/vgpu/warp_ops/lanes_of.h"
#include "compute/vgpu/warp_ops/matrix_op.h"

namespace warpscope::vgpu::warp_ops {
namespace {

constexpr std::size_t kMaxTileBytes = 1024;  // of f32 and s32 (16, 16), of f16 (16, 32)
constexpr int kMatrixRowBytes = 16;          // of ldmatrix: eight 16-bit elements

Access describe(AccessKind kind, std::uint32_t bytes, std::uint32_t alignment) {
  Access access;
  access.kind = kind;
  access.bytes = static_cast<std::uint16_t>(bytes);
  access.alignment = static_cast<std::uint16_t>(alignment);
  return access;
}

// The bytes of a matrix in memory: lines (rows or columns) of line_bytes that begin stride_bytes apart.
struct Tile {
  std::uint64_t address = 0;
  std::uint64_t stride_bytes = 0;
  std::uint32_t line_bytes = 0;
  std::uint32_t bytes = 0;        // of all lines
  std::uint32_t chunk_bytes = 0;  // what a lane copies at a time
  std::uint32_t rounds = 0;       // of 32 lanes
};

// Bytes of one element in memory; of numbers narrower than a byte, those of a word of them.
std::uint32_t element_bytes(Number number) {
  return bits_of(number) < 8 ? 4 : static_cast<std::uint32_t>(bits_of(number) / 8);
}

// Which lane reads which element is nobody's business, so the warp shares the tile out evenly: chunks of 8 bytes, or of
// 4 where a tile is small or lies at an odd multiple of 4. (Every tile begins and steps at least that aligned: the ISA
// demands more.)
Tile tile_of(const Exec& exec, const Inst& inst, const TileOp& op, const FragmentMap& map) {
  Tile tile;
  const std::uint32_t element = element_bytes(op.number);
  const int line_elements = op.is_row ? map.columns : map.rows;
  tile.line_bytes = static_cast<std::uint32_t>(line_elements) * element;
  tile.bytes = static_cast<std::uint32_t>(map.rows * map.columns) * element;
  const int lane = first_lane(exec.mask);
  access::LaneAddresses addresses;
  const std::uint32_t frame = op.frame_relative ? exec.frame_local_base : 0;
  access::read_addresses(exec, inst.s[0], op.short_base ? 4 : 8, inst.imm + frame, addresses);
  tile.address = addresses[static_cast<std::size_t>(lane)];
  tile.stride_bytes = tile.line_bytes;
  if (op.has_stride) {
    const std::uint64_t stride = exec.row<std::uint32_t>(inst.s[1])[lane];
    tile.stride_bytes = stride * static_cast<std::uint64_t>(bits_of(op.number)) / 8;
  }
  const bool odd = ((tile.address | tile.stride_bytes) & 4U) != 0;
  tile.chunk_bytes = odd || tile.bytes < 8 * kLanes ? 4 : 8;
  tile.rounds = tile.bytes / (tile.chunk_bytes * kLanes);
  return tile;
}

// Finds and records the chunks of one round; `offsets` says where in the tile each lane's chunk lies.
bool locate_round(Exec& exec, const Tile& tile, access::Reach reach, std::uint32_t round, access::Intent intent,
                  std::array<std::uint32_t, kLanes>& offsets, access::Located& located) {
  access::LaneAddresses addresses;
  for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
    const std::uint32_t offset = (round * kLanes + lane) * tile.chunk_bytes;
    offsets[lane] = offset;
    addresses[lane] = tile.address + offset / tile.line_bytes * tile.stride_bytes + offset % tile.line_bytes;
  }
  located = {};
  return access::locate(exec, reach, addresses, exec.mask, tile.chunk_bytes, tile.chunk_bytes, intent, located);
}

bool read_tile(Exec& exec, const Tile& tile, access::Reach reach, std::uint8_t* into) {
  for (std::uint32_t round = 0; round < tile.rounds; ++round) {
    std::array<std::uint32_t, kLanes> offsets{};
    access::Located located;
    if (!locate_round(exec, tile, reach, round, access::Intent::kRead, offsets, located)) return false;
    access::for_each_lane(exec.mask, [&](int lane) {
      access::copy_in(located, lane, tile.chunk_bytes, into + offsets[static_cast<std::size_t>(lane)]);
    });
    if (exec.log != nullptr) {
      access::record(exec, located, describe(AccessKind::kLoad, tile.chunk_bytes, tile.chunk_bytes),
                     [](int) { return 0; });
    }
  }
  return true;
}

bool write_tile(Exec& exec, const Tile& tile, access::Reach reach, const std::uint8_t* from) {
  for (std::uint32_t round = 0; round < tile.rounds; ++round) {
    std::array<std::uint32_t, kLanes> offsets{};
    access::Located located;
    if (!locate_round(exec, tile, reach, round, access::Intent::kWrite, offsets, located)) return false;
    const auto chunk = [&](int lane) { return from + offsets[static_cast<std::size_t>(lane)]; };
    access::for_each_lane(exec.mask, [&](int lane) { access::copy_out(chunk(lane), tile.chunk_bytes, located, lane); });
    if (exec.log != nullptr) {
      access::record(exec, located, describe(AccessKind::kStore, tile.chunk_bytes, tile.chunk_bytes), [&](int lane) {
        std::uint64_t bits = 0;
        std::memcpy(&bits, chunk(lane), tile.chunk_bytes);
        return bits;
      });
    }
  }
  exec.polls = 0;
  return true;
}

// One register of a fragment, from or to the tile: Register is what a lane holds, of Elements in the order of memory.
template <class Register, class Element>
void load_register(Exec& exec, RowRef to, const std::uint16_t* place, const std::uint8_t* tile) {
  constexpr int per = static_cast<int>(sizeof(Register) / sizeof(Element));
  Register values[kLanes] = {};
  for (int i = 0; i < per; ++i) {
    for (int lane = 0; lane < kLanes; ++lane) {
      Element part;
      std::memcpy(&part, tile + place[i * kLanes + lane] * sizeof(Element), sizeof part);
      values[lane] |= static_cast<Register>(Register{part} << (i * 8 * static_cast<int>(sizeof(Element))));
    }
  }
  write_row(exec, to, values);
}

template <class Register, class Element>
void store_register(const Exec& exec, RowRef from, const std::uint16_t* place, std::uint8_t* tile) {
  constexpr int per = static_cast<int>(sizeof(Register) / sizeof(Element));
  const Register* values = exec.row<Register>(from);
  for (int i = 0; i < per; ++i) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const Register bits = has_lane(exec.mask, lane) ? values[lane] : 0;
      const auto part = static_cast<Element>(bits >> (i * 8 * static_cast<int>(sizeof(Element))));
      std::memcpy(tile + place[i * kLanes + lane] * sizeof(Element), &part, sizeof part);
    }
  }
}

// Calls visit(row of register r, its places) for the registers of a fragment, of which later ones may repeat the first.
template <class Visit>
void for_each_register(const Exec& exec, const Inst& inst, const TileOp& op, const FragmentMap& map, Visit visit) {
  const int per = per_register(op.number);
  const int distinct = registers_of(map, op.number);
  const std::vector<std::uint16_t>& places = op.is_row ? map.place : map.place_by_column;
  const RowRef* rows = listed_rows(exec, inst);
  for (int reg = 0; reg < inst.list_size; ++reg) {
    visit(rows[reg], &places[static_cast<std::size_t>(reg % distinct * per * kLanes)]);
  }
}

// ---- ldmatrix and stmatrix

// The row addresses: of matrix i those of lanes 8 i ... 8 i + 7.
bool locate_rows(Exec& exec, const Inst& inst, const TileOp& op, access::Intent intent, access::Located& located) {
  access::LaneAddresses addresses;
  const std::uint32_t frame = op.frame_relative ? exec.frame_local_base : 0;
  access::read_addresses(exec, inst.s[0], op.short_base ? 4 : 8, inst.imm + frame, addresses);
  const LaneMask givers = base::kAllLanes >> (kLanes - 8 * inst.list_size);
  return access::locate(exec, op.reach, addresses, exec.mask & givers, kMatrixRowBytes, kMatrixRowBytes, intent,
                        located);
}

// Element (row, column) of the 8x8 matrices, eight matrices' rows one after the other.
using MatrixRows = std::array<std::array<std::uint16_t, 8>, kLanes>;

// Of lane `lane`, half `half` of its register: the place in the matrix.
std::uint16_t& element_of(MatrixRows& rows, int matrix, bool transposed, int lane, int half) {
  const auto line = static_cast<std::size_t>(lane / 4);
  const auto pair = static_cast<std::size_t>(lane % 4 * 2 + half);
  const std::size_t first = static_cast<std::size_t>(matrix) * 8;
  return transposed ? rows[first + pair][line] : rows[first + line][pair];
}

void registers_from(Exec& exec, RowRef to, MatrixRows& rows, int matrix, bool transposed) {
  std::uint32_t values[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    values[lane] = element_of(rows, matrix, transposed, lane, 0) |
                   std::uint32_t{element_of(rows, matrix, transposed, lane, 1)} << 16;
  }
  write_row(exec, to, values);
}

void registers_to(const Exec& exec, RowRef from, MatrixRows& rows, int matrix, bool transposed) {
  const std::uint32_t* values = exec.row<std::uint32_t>(from);
  for (int lane = 0; lane < kLanes; ++lane) {
    const std::uint32_t bits = has_lane(exec.mask, lane) ? values[lane] : 0;
    element_of(rows, matrix, transposed, lane, 0) = static_cast<std::uint16_t>(bits);
    element_of(rows, matrix, transposed, lane, 1) = static_cast<std::uint16_t>(bits >> 16);
  }
}

}  // namespace

void load_tile(Exec& exec, const Inst& inst) {
  if (exec.mask == 0) return;
  const TileOp op = unpack_tile(inst);
  const FragmentMap& map = map_of(matrix_shapes()[op.shape], op.kind, op.number);
  alignas(64) std::uint8_t bytes[kMaxTileBytes] = {};
  if (!read_tile(exec, tile_of(exec, inst, op, map), op.reach, bytes)) return;
  for_each_register(exec, inst, op, map, [&](RowRef row, const std::uint16_t* place) {
    switch (element_bytes(op.number)) {
      case 1:
        return load_register<std::uint32_t, std::uint8_t>(exec, row, place, bytes);
      case 2:
        return load_register<std::uint32_t, std::uint16_t>(exec, row, place, bytes);
      case 4:
        return load_register<std::uint32_t, std::uint32_t>(exec, row, place, bytes);
      default:
        return load_register<std::uint64_t, std::uint64_t>(exec, row, place, bytes);
    }
  });
}

void store_tile(Exec& exec, const Inst& inst) {
  if (exec.mask == 0) return;
  const TileOp op = unpack_tile(inst);
  const FragmentMap& map = map_of(matrix_shapes()[op.shape], op.kind, op.number);
  alignas(64) std::uint8_t bytes[kMaxTileBytes] = {};
  for_each_register(exec, inst, op, map, [&](RowRef row, const std::uint16_t* place) {
    switch (element_bytes(op.number)) {
      case 2:
        return store_register<std::uint32_t, std::uint16_t>(exec, row, place, bytes);
      case 4:
        return store_register<std::uint32_t, std::uint32_t>(exec, row, place, bytes);
      default:
        return store_register<std::uint64_t, std::uint64_t>(exec, row, place, bytes);
    }
  });
  write_tile(exec, tile_of(exec, inst, op, map), op.reach, bytes);
}

void load_matrices(Exec& exec, const Inst& inst) {
  const TileOp op = unpack_tile(inst);
  access::Located located;
  if (!locate_rows(exec, inst, op, access::Intent::kRead, located)) return;
  MatrixRows matrices{};
  LaneMask givers = 0;
  for (const LaneMask lanes : located.lanes) givers |= lanes;
  access::for_each_lane(givers, [&](int lane) {
    std::uint8_t bytes[kMatrixRowBytes];
    access::copy_in(located, lane, kMatrixRowBytes, bytes);
    std::memcpy(matrices[static_cast<std::size_t>(lane)].data(), bytes, kMatrixRowBytes);
  });
  if (exec.log != nullptr) {
    access::record(exec, located, describe(AccessKind::kLoad, kMatrixRowBytes, kMatrixRowBytes), [](int) { return 0; });
  }
  const RowRef* rows = listed_rows(exec, inst);
  for (int matrix = 0; matrix < inst.list_size; ++matrix)
    registers_from(exec, rows[matrix], matrices, matrix, !op.is_row);
}

void store_matrices(Exec& exec, const Inst& inst) {
  const TileOp op = unpack_tile(inst);
  MatrixRows matrices{};
  const RowRef* rows = listed_rows(exec, inst);
  for (int matrix = 0; matrix < inst.list_size; ++matrix)
    registers_to(exec, rows[matrix], matrices, matrix, !op.is_row);
  access::Located located;
  if (!locate_rows(exec, inst, op, access::Intent::kWrite, located)) return;
  LaneMask givers = 0;
  for (const LaneMask lanes : located.lanes) givers |= lanes;
  access::for_each_lane(givers, [&](int lane) {
    std::uint8_t bytes[kMatrixRowBytes];
    std::memcpy(bytes, matrices[static_cast<std::size_t>(lane)].data(), kMatrixRowBytes);
    access::copy_out(bytes, kMatrixRowBytes, located, lane);
  });
  exec.polls = 0;
  if (exec.log != nullptr) {
    access::record(exec, located, describe(AccessKind::kStore, kMatrixRowBytes, kMatrixRowBytes),
                   [](int) { return 0; });
  }
}

void transpose_matrix(Exec& exec, const Inst& inst) {
  MatrixRows matrix{};
  registers_to(exec, inst.s[0], matrix, 0, false);
  registers_from(exec, inst.d, matrix, 0, true);
}

}  // namespace warpscope::vgpu::warp_ops
