package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenClipTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          a photo of a cat                                                | a photo of a cat
          `  two   spaces `                                               | two spaces
          Straße Über ǅungla                                              | Straße Über Džungla
          fish &amp; chips &lt;b&gt; &quot;hot&quot; &#39;n&#39; &eacute; | fish & chips <b> "hot" 'n' é
          fish &amp;amp; chips                                            | fish & chips
          &unknown; &#0; AT&T                                             | &unknown; &#0; AT&T
          don’t “quote” – en dash … &#x2019;                              | don't "quote" – en dash … '
          ＡＢＣ １２３ full width                                         | ABC 123 full width
          schÃ¶n mojibake â€™ text                                        | schön mojibake ' text
          ﬁsh ligature                                                    | fish ligature
          crème brûlée, Ã alone                                           | crème brûlée, Ã alone
          """)
  void shouldCleanTextsAsOpenClipDoes(String text, String expected) {
    assertThat(OpenClipText.clean(text)).isEqualTo(expected);
  }
}
