using System.Text;

namespace EmailTasks.Cli.Show;

/// <summary>Completion scripts. Each is a table of words and a few lines that look up what was typed so far.</summary>
internal static class CompletionScript
{
    /// <summary>For bash 3.2 and later; needs nothing else.</summary>
    public static string Bash() =>
        $$"""
        # bash completion of {{Product.Name}}: source <({{Product.Name}} completion bash)
        {{Lookup()}}
        _noxinfluencer() {
          local cur=${COMP_WORDS[COMP_CWORD]} list='' line=$'\n' i
          for ((i = 1; i < COMP_CWORD; i++)); do list="${list:+$list$line}${COMP_WORDS[i]}"; done
          [ "$cur" = = ] && cur=''
          _noxinfluencer_find "$list"
          COMPREPLY=()
          if [ "$_nox_kind" = files ]; then
            while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen -f -- "$cur")
            compopt -o filenames 2>/dev/null || true
            return
          fi
          # A list of values: what stands before the last comma stays.
          local head=''
          if [ "$_nox_kind" = values ] && [[ $cur == *,* ]]; then head=${cur%,*},; cur=${cur##*,}; fi
          for i in $_nox_words; do
            case $i in "$cur"*) COMPREPLY+=("$head$i") ;; esac
          done
        }
        complete -F _noxinfluencer {{Product.Name}}
        """ + "\n";

    /// <summary>For zsh: in a file <c>_noxinfluencer</c> on the fpath, or sourced after compinit.</summary>
    public static string Zsh() =>
        $$"""
        #compdef {{Product.Name}}
        # zsh completion of {{Product.Name}}: source <({{Product.Name}} completion zsh), after compinit
        {{Lookup()}}
        _noxinfluencer() {
          local list='' line=$'\n' i
          for ((i = 2; i < CURRENT; i++)); do list="${list:+$list$line}${words[i]}"; done
          _noxinfluencer_find "$list"
          if [ "$_nox_kind" = files ]; then _files; return; fi
          if [ "$_nox_kind" = values ] && [[ $PREFIX == *,* ]]; then compset -P '*,'; fi
          compadd -- ${=_nox_words}
        }
        if [ "$funcstack[1]" = _noxinfluencer ]; then _noxinfluencer "$@"; elif (( $+functions[compdef] )); then compdef _noxinfluencer {{Product.Name}}; fi
        """ + "\n";

    /// <summary>For fish 3 and later.</summary>
    public static string Fish()
    {
        var text = new StringBuilder($$"""
            # fish completion of {{Product.Name}}: {{Product.Name}} completion fish | source
            function __noxinfluencer_at --description 'True when these words have been typed, options left out'
              set -l typed
              set -l skip 0
              for word in (commandline -opc)[2..-1]
                if test $skip = 1
                  set skip 0
                else if contains -- $word $__noxinfluencer_valued
                  set skip 1
                else if not string match -q -- '-*' $word
                  set -a typed $word
                end
              end
              test "$typed" = "$argv[1]"; and return 0
              # Arguments follow a command's words: they change nothing about its options.
              test (count $argv) -gt 1; and string match -q -- "$argv[1] *" "$typed"
            end
            set -g __noxinfluencer_valued {{string.Join(' ', Valued())}}
            complete -c {{Product.Name}} -f

            """.ReplaceLineEndings("\n"));
        foreach (var (typed, next) in CompletionWords.Groups())
        {
            foreach (var (word, description) in next) text.Append($"complete -c {Product.Name} -n \"__noxinfluencer_at '{typed}'\" -a {word} -d {Quoted(description)}\n");
        }
        foreach (var option in CompletionWords.Globals()) text.Append($"complete -c {Product.Name} -l {option.Flag[2..]}{Value(option)} -d {Quoted(option.Description)}\n");
        var common = CompletionWords.Globals().Select(g => g.Flag).ToHashSet();
        foreach (var (typed, options) in CompletionWords.Commands())
        {
            foreach (var option in options.Where(o => !common.Contains(o.Flag)))
                text.Append($"complete -c {Product.Name} -n \"__noxinfluencer_at '{typed}' more\" -l {option.Flag[2..]}{Value(option)} -d {Quoted(option.Description)}\n");
        }
        return text.ToString();
    }

    private static string Value(CompletionOption option) =>
        !option.TakesValue ? "" : option.IsFile ? " -r -F" : option.Values.Count > 0 ? $" -x -a \"{string.Join(' ', option.Values)}\"" : " -x";

    private static string Quoted(string text) => "'" + text.Replace("\\", "\\\\").Replace("'", "\\'") + "'";

    private static IEnumerable<string> Valued() =>
        CompletionWords.Globals().Concat(CompletionWords.Commands().SelectMany(c => c.Options)).Where(o => o.TakesValue).Select(o => o.Flag).Distinct();

    /// <summary>
    /// For bash and zsh: sets _nox_words to what may come next, and _nox_kind to words, values or files. Takes the words
    /// typed so far, a line each.
    /// </summary>
    private static string Lookup()
    {
        var commands = CompletionWords.Commands().ToList();
        var globals = CompletionWords.Globals().ToList();
        var text = new StringBuilder("_noxinfluencer_find() {\n  local typed='' last='' word next\n  _nox_words='' _nox_kind=words\n  while IFS= read -r word; do\n    if [ -n \"$last\" ]; then [ \"$word\" = = ] || last=''; continue; fi\n    case $word in\n");
        text.Append("      ").AppendJoin('|', Valued()).Append(") last=$word ;;\n      -*) ;;\n      ?*)\n");
        text.Append("        next=\"${typed:+$typed }$word\"\n        case $next in\n          ").AppendJoin('|', Known().Select(k => $"'{k}'")).Append(") typed=$next ;;\n        esac ;;\n    esac\n  done <<< \"$1\"\n");
        text.Append("  if [ -n \"$last\" ]; then\n    _nox_kind=values\n    case \"$typed $last\" in\n");
        foreach (var option in globals.Where(o => o.Values.Count > 0)) text.Append($"      *' {option.Flag}') _nox_words='{string.Join(' ', option.Values)}' ;;\n");
        foreach (var (typed, options) in commands)
        {
            foreach (var option in options.Where(o => o.Values.Count > 0)) text.Append($"      '{typed} {option.Flag}') _nox_words='{string.Join(' ', option.Values)}' ;;\n");
        }
        text.Append("      ").AppendJoin('|', commands.SelectMany(c => c.Options).Where(o => o.IsFile).Select(o => $"*' {o.Flag}'").Distinct()).Append(") _nox_kind=files ;;\n    esac\n    return\n  fi\n");
        text.Append("  case $typed in\n");
        foreach (var (typed, next) in CompletionWords.Groups()) text.Append($"    '{typed}') _nox_words='{string.Join(' ', next.Select(n => n.Word))}' ;;\n");
        text.Append("  esac\n  case $typed in\n");
        foreach (var (typed, options) in commands.Where(c => c.Options.Count > 0)) text.Append($"    '{typed}') _nox_words=\"$_nox_words {string.Join(' ', options.Select(o => o.Flag))}\" ;;\n");
        text.Append($"  esac\n  _nox_words=\"$_nox_words {string.Join(' ', globals.Select(g => g.Flag))}\"\n}}");
        return text.ToString();
    }

    /// <summary>Commands and their beginnings: a word that leads to none of them is an argument.</summary>
    private static IEnumerable<string> Known() =>
        CompletionWords.Groups().SelectMany(g => g.Next.Select(n => $"{g.Typed} {n.Word}".TrimStart())).Distinct();
}
