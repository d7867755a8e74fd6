#include "app/gl/field_texture.h"

#include <glad/gl.h>

#include <algorithm>
#include <cmath>

namespace warpscope::gl {
namespace {

// A rectangle without vertices of its own: the corner is the vertex's number.
constexpr const char* kVertices = R"(#version 330 core
uniform vec4 where;    // of the screen, in pixels from the top left
uniform vec2 screen;
uniform vec2 size;     // of the picture
out vec2 at;           // in the picture
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  at = corner * size;
  vec2 pixel = (where.xy + corner * where.zw) / screen;
  gl_Position = vec4(pixel.x * 2.0 - 1.0, 1.0 - pixel.y * 2.0, 0.0, 1.0);
}
)";

constexpr const char* kColours = R"(#version 330 core
uniform sampler2D values;
uniform sampler2D tables;
uniform int colours;   // 0: by a table, 1: red, green, blue, 2: a difference by a table, 3: strength
uniform int table;
uniform vec2 range;
uniform vec2 size;
uniform ivec2 first, second, third;
in vec2 at;
out vec4 color;

float value(ivec2 origin) {
  return texelFetch(values, origin + ivec2(min(at, size - 0.5)), 0).r;
}
float part(float v) { return clamp((v - range.x) / (range.y - range.x), 0.0, 1.0); }
vec3 by_table(float v) { return texelFetch(tables, ivec2(int(part(v) * 255.0 + 0.5), table), 0).rgb; }

void main() {
  if (colours == 0) color = vec4(by_table(value(first)), 1.0);
  else if (colours == 1) color = vec4(part(value(first)), part(value(second)), part(value(third)), 1.0);
  else if (colours == 2) color = vec4(by_table(value(first) - value(second)), 1.0);
  else color = vec4(vec3(0.5 + 0.5 * part(abs(value(first)))), 1.0);
}
)";

GLuint compiled(GLenum kind, const char* source) {
  const GLuint shader = glCreateShader(kind);
  glShaderSource(shader, 1, &source, nullptr);
  glCompileShader(shader);
  return shader;
}

GLuint linked() {
  const GLuint program = glCreateProgram();
  for (const GLuint shader : {compiled(GL_VERTEX_SHADER, kVertices), compiled(GL_FRAGMENT_SHADER, kColours)}) {
    glAttachShader(program, shader);
    glDeleteShader(shader);  // with the program
  }
  glLinkProgram(program);
  return program;
}

GLuint texture_of(GLint format, int width, int height, GLenum parts, GLenum type, const void* pixels) {
  GLuint id = 0;
  glGenTextures(1, &id);
  glBindTexture(GL_TEXTURE_2D, id);
  for (const GLenum filter : {GL_TEXTURE_MIN_FILTER, GL_TEXTURE_MAG_FILTER}) {
    glTexParameteri(GL_TEXTURE_2D, filter, GL_NEAREST);
  }
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glTexImage2D(GL_TEXTURE_2D, 0, format, width, height, 0, parts, type, pixels);
  return id;
}

}  // namespace

FieldTexture::FieldTexture(int width, int height) : width_(width), height_(height) {
  id_ = texture_of(GL_R32F, width, height, GL_RED, GL_FLOAT, nullptr);
  glGenBuffers(1, &buffer_);
}

FieldTexture::~FieldTexture() {
  glDeleteBuffers(1, &buffer_);
  glDeleteTextures(1, &id_);
}

void FieldTexture::upload(std::span<const float> values, int x, int y, int width, int height) {
  glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffer_);
  glBufferData(GL_PIXEL_UNPACK_BUFFER, static_cast<GLsizeiptr>(values.size_bytes()), values.data(), GL_STREAM_DRAW);
  glBindTexture(GL_TEXTURE_2D, id_);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  glTexSubImage2D(GL_TEXTURE_2D, 0, x, y, width, height, GL_RED, GL_FLOAT, nullptr);
  glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
}

int FieldTexture::largest_side() {
  GLint side = 0;
  glGetIntegerv(GL_MAX_TEXTURE_SIZE, &side);
  return side;
}

FieldShader::FieldShader(const std::vector<std::uint32_t>& tables) : program_(linked()) {
  glGenVertexArrays(1, &vertices_);
  tables_ = texture_of(GL_RGBA8, 256, static_cast<int>(tables.size() / 256), GL_RGBA, GL_UNSIGNED_BYTE, tables.data());
}

FieldShader::~FieldShader() {
  glDeleteTextures(1, &tables_);
  glDeleteVertexArrays(1, &vertices_);
  glDeleteProgram(program_);
}

void FieldShader::draw(const FieldTexture& texture, const FieldDraw& what) const {
  const float left = std::max(0.0F, what.clip[0]), top = std::max(0.0F, what.clip[1]);
  const float right = what.clip[0] + what.clip[2], bottom = what.clip[1] + what.clip[3];
  if (right <= left || bottom <= top || what.width <= 0 || what.height <= 0) return;
  glEnable(GL_SCISSOR_TEST);
  glScissor(static_cast<GLint>(left), static_cast<GLint>(what.screen_height - bottom),
            static_cast<GLsizei>(right - left), static_cast<GLsizei>(bottom - top));
  glDisable(GL_BLEND);
  glUseProgram(program_);
  const auto place = [this](const char* name) { return glGetUniformLocation(program_, name); };
  glUniform4f(place("where"), what.where[0], what.where[1], what.where[2], what.where[3]);
  glUniform2f(place("screen"), what.screen_width, what.screen_height);
  glUniform2f(place("size"), static_cast<float>(what.width), static_cast<float>(what.height));
  glUniform2f(place("range"), what.low, what.high);
  glUniform1i(place("colours"), static_cast<GLint>(what.colours));
  glUniform1i(place("table"), what.table);
  glUniform2i(place("first"), what.origins[0][0], what.origins[0][1]);
  glUniform2i(place("second"), what.origins[1][0], what.origins[1][1]);
  glUniform2i(place("third"), what.origins[2][0], what.origins[2][1]);
  glUniform1i(place("values"), 0);
  glUniform1i(place("tables"), 1);
  glActiveTexture(GL_TEXTURE1);
  glBindTexture(GL_TEXTURE_2D, tables_);
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, texture.id());
  glBindVertexArray(vertices_);
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

void multiply_colours() {
  glEnable(GL_BLEND);
  glBlendFuncSeparate(GL_DST_COLOR, GL_ZERO, GL_ZERO, GL_ONE);
}

}  // namespace warpscope::gl
