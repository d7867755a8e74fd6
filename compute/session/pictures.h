// session/pictures.h: a drawing's 28x28 picture in the shape a network reads. Floor 5. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compute/drawings/drawing.h"
#include "compute/training/network.h"

namespace warpscope::session {

// (channels, height, width). 28x28x1 is the picture itself; a larger one has it in its middle, a smaller one shrinks it
// by averaging; every channel gets the same.
std::vector<std::uint8_t> picture_for(const drawings::DigitImage& image, training::Shape shape);

// Bytes to 0..1.
std::vector<float> floats_of(std::span<const std::uint8_t> picture);

// What of a picture (height, width of the first channel) a 28x28 tile shows: the middle, or all of it surrounded by
// ground.
drawings::DigitImage tile_of(std::span<const std::uint8_t> picture, training::Shape shape);

}  // namespace warpscope::session
