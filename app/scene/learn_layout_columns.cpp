#include "app/scene/learn_layout_columns.h"

#include <algorithm>

namespace warpscope::scene {

namespace {

using Kind = NetworkColumn::Kind;
using training::LayerKind;

// Rows that a grid of `count` cells has: maps four to a row up to 16 rows, weight pictures about square.
int map_rows(int count) {
  return count <= 32 ? std::min(count, 8) : 16;
}
int weight_rows(int count) {
  return count <= 64 ? std::min(count, 8) : 16;
}
int unit_rows(int count) {
  return std::min(count, 32);
}

void set_grid(NetworkColumn& column, int rows) {
  column.rows = std::max(rows, 1);
  column.columns = (column.count + column.rows - 1) / column.rows;
}

// The layer whose output is worth showing: an activation function directly after `layer` belongs to it.
int with_activation(const training::NetworkSpec& network, int layer) {
  const int next = layer + 1;
  if (next >= static_cast<int>(network.layers.size())) return layer;
  const LayerKind kind = network.layers[static_cast<std::size_t>(next)].kind;
  return kind == LayerKind::kRelu || kind == LayerKind::kSigmoid ? next : layer;
}

NetworkColumn weight_pictures(const training::NetworkSpec& network, int dense, int units, int reads) {
  NetworkColumn column;
  column.kind = Kind::kWeights;
  column.layer = with_activation(network, dense);
  column.made_by = dense;
  column.reads = reads;
  column.shape = network.input;
  column.count = units;
  set_grid(column, weight_rows(units));
  return column;
}

}  // namespace

std::vector<NetworkColumn> columns_of(const training::NetworkSpec& network) {
  std::vector<NetworkColumn> columns(1);
  columns[0].shape = network.input;
  const int last = static_cast<int>(network.layers.size()) - 1;
  for (int i = 0; i <= last; ++i) {
    const training::LayerSpec& spec = network.layers[static_cast<std::size_t>(i)];
    NetworkColumn column;
    column.made_by = i;
    column.layer = with_activation(network, i);
    column.shape = network.shape_after(i);
    column.count = column.shape.channels;
    column.reads = static_cast<int>(columns.size()) - 1;
    switch (spec.kind) {
      case LayerKind::kRelu:
      case LayerKind::kSigmoid:
        continue;
      case LayerKind::kConv:
        column.kind = Kind::kMaps;
        set_grid(column, map_rows(column.count));
        break;
      case LayerKind::kMaxPool:
        column.kind = Kind::kPool;
        set_grid(column, columns.back().rows);
        break;
      case LayerKind::kDense:
        if (i != last && columns.size() == 1) columns.push_back(weight_pictures(network, i, column.count, 0));
        column.kind = i == last ? Kind::kOutput : Kind::kUnits;
        set_grid(column, i == last ? column.count : unit_rows(column.count));
        break;
    }
    columns.push_back(column);
  }
  return columns;
}

}  // namespace warpscope::scene
