// deadline_heap: a pairing heap whose nodes are the callbacks themselves: no allocation, and a node
// leaves from wherever it is.
#pragma once

#include <utility>

namespace waitmap::detail {

// Adding is O(1), taking the first away and leaving are O(log n), amortised. Used under a lock.
//
// A node is linked from push() to remove() or
// clear(); it is neither copied nor moved meanwhile, and whoever owns it unlinks it first.
template <class Time>
struct deadline_node {
  Time when{};
  deadline_node* child = nullptr;     // the first of its children, none of which is earlier
  deadline_node* next = nullptr;      // the next child of the same parent
  deadline_node* previous = nullptr;  // the child before it, or the parent of the first
};

template <class Time>
class deadline_heap {
 public:
  using node = deadline_node<Time>;

  node* first() const noexcept { return root_; }

  void push(node& added) noexcept {
    added.child = added.next = added.previous = nullptr;
    root_ = root_ == nullptr ? &added : merged(*root_, added);
  }

  void remove(node& gone) noexcept {
    node* const below = merged_children(gone);
    if (root_ == &gone) {
      root_ = below;
      return;
    }
    (gone.previous->child == &gone ? gone.previous->child : gone.previous->next) = gone.next;
    if (gone.next != nullptr) gone.next->previous = gone.previous;
    if (below != nullptr) root_ = merged(*root_, *below);
  }

  // Forgets all nodes, which stay as they are.
  void clear() noexcept { root_ = nullptr; }

 private:
  // Two roots become one, and the later one its first child.
  static node* merged(node& one, node& other) noexcept {
    node& parent = other.when < one.when ? other : one;
    node& child = &parent == &one ? other : one;
    child.next = parent.child;
    if (child.next != nullptr) child.next->previous = &child;
    child.previous = &parent;
    parent.child = &child;
    parent.next = parent.previous = nullptr;
    return &parent;
  }

  // Merges the children in pairs, then the pairs from the last to the first. In loops: a node may
  // have a million.
  static node* merged_children(node& parent) noexcept {
    node* pairs = nullptr;  // linked by next, the last pair first
    for (node* one = std::exchange(parent.child, nullptr); one != nullptr;) {
      node* const other = one->next;
      node* const rest = other == nullptr ? nullptr : other->next;
      one->next = one->previous = nullptr;
      node* pair = one;
      if (other != nullptr) {
        other->next = other->previous = nullptr;
        pair = merged(*one, *other);
      }
      pair->next = pairs;
      pairs = pair;
      one = rest;
    }
    node* root = nullptr;
    while (pairs != nullptr) {
      node* const pair = pairs;
      pairs = pair->next;
      pair->next = nullptr;
      root = root == nullptr ? pair : merged(*root, *pair);
    }
    return root;
  }

  node* root_ = nullptr;
};

}  // namespace waitmap::detail
