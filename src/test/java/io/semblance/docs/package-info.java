/** Tests that keep the documents and the code the same. */
@NullMarked
package io.semblance.docs;

import org.jspecify.annotations.NullMarked;
