/** Model packages and the inference engines; the only users of DJL. */
@NullMarked
package io.semblance.embedding.model;

import org.jspecify.annotations.NullMarked;
